import { type Failure, RETRIED } from '../core/failures.ts';
import { firstAbortOf } from '../core/first-abort.ts';
import type { Clock } from '../core/ports.ts';
import type { Redacted } from '../core/redacted.ts';
import { DATA_CENTERS, type DataCenterLocation } from '../core/zoho/data-centers.ts';
import type { HttpAnswer } from '../core/zoho/token-response.ts';
import { networkCodeOf } from './network-code.ts';

/** An answer of the token endpoint is a few hundred bytes; no more than this is read. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Each call has a connection of its own. Lambda freezes a function between invocations, so that a connection which was kept may be dead
 * without the process knowing it, and the next call would fail with ECONNRESET
 * (https://github.com/ably/ably-js/issues/632, https://github.com/nodejs/undici/issues/3133). Unlike a call of AWS, it is not repeated: Zoho
 * may have counted it, or used up its code.
 */
const HEADERS = { accept: 'application/json', connection: 'close' } as const;

/** How an accounts server is reached. */
export interface AccountsConnection {
  /** Longest time for one call, from the first byte sent to the last one read. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Injected by the composition root. The URL always comes from the table of data centers. */
  readonly fetch: typeof globalThis.fetch;
}

/** One call to an accounts server. The parameters may be secrets. */
export interface AccountsRequest {
  readonly dataCenter: DataCenterLocation;
  readonly path: '/oauth/v2/token' | '/oauth/v2/token/revoke';
  readonly parameters: Readonly<Record<string, string>>;
}

/** The answer, or why there is none. */
export type AccountsAnswer =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'none'; readonly failure: Failure };

/** Posts to the accounts server of a data center. Never throws: a missing answer is a value. */
export async function postToAccounts(
  connection: AccountsConnection,
  request: AccountsRequest,
  signal: AbortSignal,
): Promise<AccountsAnswer> {
  return await send(connection, buildAccountsRequest(request), signal);
}

/** Gets a URL of Zoho with an access token. Never throws. A redirect is an answer: the token is not sent to its target. */
export async function getFromZoho(
  connection: AccountsConnection,
  { url, accessToken }: { readonly url: string; readonly accessToken: Redacted },
  signal: AbortSignal,
): Promise<AccountsAnswer> {
  const headers = { authorization: `Zoho-oauthtoken ${accessToken.reveal()}`, ...HEADERS };
  return await send(connection, { url, method: 'GET', redirect: 'manual', headers }, signal);
}

async function send(
  { timeoutMs, clock, fetch }: AccountsConnection,
  { url, ...init }: RequestInit & { readonly url: string },
  signal: AbortSignal,
): Promise<AccountsAnswer> {
  const { signal: timeout, release } = firstAbortOf([signal, clock.abortAfter(timeoutMs)]);
  try {
    const response = await fetch(url, { ...init, signal: timeout });
    const body = await readBody(response);
    if (body === 'too-large') return { kind: 'none', failure: tooLarge(response.status) };
    return { kind: 'answer', answer: { status: response.status, body } };
  } catch (error) {
    return { kind: 'none', failure: failureOf(error, timeout, new URL(url).host) };
  } finally {
    release();
  }
}

/**
 * A request as in RFC 6749. The secrets are in the urlencoded body, so that no URL and no access log contains them. A
 * redirect is an answer: it is not followed.
 */
export function buildAccountsRequest({ dataCenter, path, parameters }: AccountsRequest) {
  return {
    url: `${DATA_CENTERS[dataCenter].accountsServer}${path}`,
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...HEADERS },
    body: new URLSearchParams(parameters).toString(),
  } as const;
}

async function readBody(response: Response): Promise<string | 'too-large'> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return 'too-large';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(status: number): Failure {
  return {
    code: 'response_too_large',
    message: `Zoho answered HTTP ${status} with more than ${MAX_BODY_BYTES / 1024} KB, which is not a token response. ${RETRIED}`,
  };
}

/** Neither the error's text nor its cause is shown: they may contain the request. */
function failureOf(error: unknown, timeout: AbortSignal, host: string): Failure {
  if (timeout.aborted) {
    return { code: 'timeout', message: `${host} did not answer in time. ${RETRIED}` };
  }
  const code = networkCodeOf(error) ?? 'no code';
  return { code: 'network_error', message: `${host} could not be reached (${code}). ${RETRIED}` };
}
