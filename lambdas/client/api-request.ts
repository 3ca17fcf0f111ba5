import { Readable } from 'node:stream';
import { ZohoClientError } from './zoho-client-error.ts';

/** A body of a `Request` up to this size is held in memory, so that it can be sent twice. */
const MAX_HELD_BYTES = 1024 * 1024;

/** What is taken from a `Request`, or from one that is given as `init`. */
const MEMBERS = [
  'method',
  'headers',
  'redirect',
  'signal',
  'integrity',
  'keepalive',
  'referrerPolicy',
] as const;

/** A request as it is given to the client, before its URL is resolved. */
export interface ApiRequest {
  readonly target: string;
  readonly init: RequestInit;
  /** A `Request` whose body is not in `init`. */
  readonly source: Request | undefined;
  /** False for a stream: it can be sent only once. */
  readonly canRepeat: boolean;
}

/** Reads the arguments of `fetch` as the platform does: `init` overrides the request. Rejects with `ZohoClientError`. */
export async function readRequest(
  input: string | URL | Request,
  given: RequestInit | undefined,
): Promise<ApiRequest> {
  const request = isRequest(input) ? input : undefined;
  const body = given?.body ?? undefined;
  const init: RequestInit = {
    ...membersOf(request),
    ...membersOf(given),
    ...Object.fromEntries(Object.entries(given ?? {}).filter(isMeantForFetch)),
  };
  if (new Headers(init.headers).has('authorization')) {
    throw new ZohoClientError(
      'forbidden_header',
      'The client sets the header authorization itself. Remove it from the request.',
    );
  }
  if (body === undefined ? request?.bodyUsed === true : isUsed(body)) {
    throw new ZohoClientError(
      'body_used',
      'The body of the request was used before. Create the request again, or clone it before its first use.',
    );
  }
  const target = request?.url ?? textOf(input);
  if (body !== undefined || request?.body == null)
    return { target, init, source: undefined, canRepeat: !isStream(body) };
  const held = await readSmallBody(request);
  if (held === undefined) return { target, init, source: request, canRepeat: false };
  return { target, init: { ...init, body: held }, source: undefined, canRepeat: true };
}

function isMeantForFetch([name, value]: readonly [string, unknown]): boolean {
  return value !== undefined && name !== 'timeoutMs';
}

/** By its shape: a `Request` may come from another copy of undici. */
function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input && 'headers' in input;
}

function textOf(input: unknown): string {
  if (typeof input === 'string' || input instanceof URL) return String(input);
  throw new ZohoClientError('invalid_url', `fetch needs a path, a URL or a Request, not ${typeof input}.`);
}

function membersOf(source: Request | RequestInit | undefined): RequestInit {
  if (source === undefined) return {};
  const present = MEMBERS.filter((member) => source[member] !== undefined);
  return Object.fromEntries(present.map((member) => [member, source[member]]));
}

/**
 * The body of a request, unless it is too large to hold: then it stays a stream, with its length if it has one. The request
 * itself is used up, as by the platform's fetch.
 */
async function readSmallBody(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.clone().body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    chunks.push(read.value);
    size += read.value.byteLength;
    if (size <= MAX_HELD_BYTES) continue;
    // Not awaited: a clone's cancel resolves only when the request itself has been read or cancelled.
    reader?.cancel().catch(() => {});
    return undefined;
  }
  request.body?.cancel().catch(() => {});
  return new Uint8Array(Buffer.concat(chunks));
}

function isStream(body: unknown): boolean {
  return (
    body instanceof ReadableStream ||
    (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
  );
}

function isUsed(body: unknown): boolean {
  return isStream(body) && ((body as ReadableStream).locked || Readable.isDisturbed(body as Readable));
}
