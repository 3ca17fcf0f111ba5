import { Readable } from 'node:stream';
import { copyBody } from './body-copy.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** A body of a `Request` up to this size is held in memory, so that it can be sent twice. */
const MAX_HELD_BYTES = 1024 * 1024;

/** A request as it is given to the client, before its URL is resolved. */
export interface ApiRequest {
  readonly target: string;
  readonly init: RequestInit;
  /** A `Request` whose body is not in `init`. */
  readonly source?: Request;
  /** False for a stream: it can be sent only once. */
  readonly canRepeat: boolean;
}

/** Reads the arguments of `fetch` as the platform does: `init` overrides the request. Rejects with `ZohoClientError`. */
export const readRequest = async (
  input: string | URL | Request,
  given: RequestInit | undefined,
): Promise<ApiRequest> => {
  const request = isRequest(input) ? input : undefined;
  const init: RequestInit = { ...membersOf(request), ...membersOf(given) };
  const { body } = init;
  if (new Headers(init.headers).has('authorization')) {
    throw new ZohoClientError('forbidden_header', 'Remove the header authorization: the client sets it.');
  }
  const isStream = Symbol.asyncIterator in Object(body);
  if (isStream && ((body as ReadableStream).locked || Readable.isDisturbed(body as Readable))) {
    throw new ZohoClientError(
      'body_used',
      'The body was used before. Create the request again, or clone it first.',
    );
  }
  const target = request?.url ?? textOf(input);
  if (!request || !isStream || body !== request.body) return { target, init, canRepeat: !isStream };
  const chunks: Uint8Array[] = [];
  delete init.body;
  if (!(await copyBody(request, MAX_HELD_BYTES, chunks)))
    return { target, init, source: request, canRepeat: false };
  // It is used up, as by the platform's fetch.
  request.body?.cancel().catch(() => {});
  return { target, init: { ...init, body: Buffer.concat(chunks) }, canRepeat: true };
};

/** By its shape: a `Request` may come from another copy of undici. */
const isRequest = (input: unknown): input is Request =>
  typeof input === 'object' && input !== null && 'url' in input && 'headers' in input;

const textOf = (input: unknown): string => {
  if (typeof input === 'string' || input instanceof URL) return String(input);
  throw new ZohoClientError(
    'invalid_url',
    `An API call needs a path, a URL or a Request, not ${typeof input}.`,
  );
};

/** Those of a `Request` are inherited, so that spreading would lose them. */
const membersOf = (source: Request | RequestInit | undefined): RequestInit => {
  const members: Record<string, unknown> = {};
  for (const name in source) {
    const value = source[name as keyof typeof source];
    if (value != null && typeof value !== 'function' && name !== 'timeoutMs') members[name] = value;
  }
  return members;
};
