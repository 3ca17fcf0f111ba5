import type { Credentials } from '../core/credentials.ts';
import { DATA_CENTERS } from '../core/data-centers.ts';
import type { Failure } from '../core/failures.ts';
import type { Clock, TokenEndpoint } from '../core/ports.ts';
import { type HttpAnswer, parseTokenResponse } from '../core/token-response.ts';

/** A token response is a few hundred bytes; nothing longer than this is read. */
const MAX_BODY_BYTES = 64 * 1024;

export interface ZohoAccountsOptions {
  /** Longest time for one call, from the first byte sent to the last one read. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Given by the composition root. The URL is always one of the data centers' table. */
  readonly fetch: typeof globalThis.fetch;
}

/** Zoho's accounts servers. Every answer, and the lack of one, is judged; nothing is thrown. */
export function createZohoAccounts({ timeoutMs, clock, fetch }: ZohoAccountsOptions): TokenEndpoint {
  return {
    refresh: async (credentials, signal) => {
      const { url, ...init } = buildRefreshRequest(credentials);
      const timeout = AbortSignal.any([signal, clock.abortAfter(timeoutMs)]);
      try {
        const response = await fetch(url, { ...init, signal: timeout });
        const body = await readBody(response);
        if (body === 'too-large') return { kind: 'refused', failure: tooLarge(response.status) };
        return parseTokenResponse({ status: response.status, body } satisfies HttpAnswer);
      } catch (error) {
        return { kind: 'refused', failure: failureOf(error, timeout, new URL(url).host) };
      }
    },
  };
}

/**
 * The refresh request of RFC 6749, section 6, as Zoho wants it: the secrets are in the urlencoded body, out of URLs and
 * access logs, and a redirect is an answer, not a place to send them to.
 */
export function buildRefreshRequest(credentials: Credentials) {
  return {
    url: `${DATA_CENTERS[credentials.dataCenter].accountsServer}/oauth/v2/token`,
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret.reveal(),
      refresh_token: credentials.refreshToken.reveal(),
    }).toString(),
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
    message: `Zoho answered HTTP ${status} with more than ${MAX_BODY_BYTES / 1024} KB, which is not a token response. Tried again soon.`,
  };
}

/** Neither the error's text nor its cause is shown: they may hold the request. */
function failureOf(error: unknown, timeout: AbortSignal, host: string): Failure {
  if (timeout.aborted) {
    return { code: 'timeout', message: `${host} did not answer in time. Tried again soon.` };
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const code =
    cause instanceof Error && 'code' in cause && /^[A-Z_]{3,40}$/.test(String(cause.code))
      ? cause.code
      : 'no code';
  return { code: 'network_error', message: `${host} could not be reached (${code}). Tried again soon.` };
}
