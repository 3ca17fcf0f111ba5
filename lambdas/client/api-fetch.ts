import { type ApiVerdict, judgeApiAnswer, mayBeRejection } from '../core/zoho/api-rejections.ts';
import { TOKEN_TYPE } from '../core/zoho/authorization-header.ts';
import { resolveApiUrl } from './api-url.ts';
import type { ClientMetrics } from './metrics/client-metrics.ts';
import type { TokenRecovery } from './token-recovery.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';

/** Error bodies of Zoho's APIs are short. No more than this is read. */
const MAX_READ_BYTES = 64 * 1024;

export interface ApiFetchOptions {
  readonly getAccessToken: () => Promise<ZohoAccessToken>;
  readonly recovery: TokenRecovery;
  readonly metrics: Pick<ClientMetrics, 'recordCall'>;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Calls Zoho's API with the connection's token. If Zoho rejects the token, the request is sent once more with a newer one.
 * Every other response is returned unchanged, because a new token would not help.
 */
export class ApiFetch {
  readonly #options: ApiFetchOptions;
  /** Ambiguous rejections of this generation and older ones are not about the token: a newer token did not help. */
  #notTheTokenUpTo = 0;

  constructor(options: ApiFetchOptions) {
    this.#options = options;
  }

  async fetch(pathOrUrl: string | URL, init: RequestInit = {}): Promise<Response> {
    const token = await this.#options.getAccessToken();
    const first = await this.#send(pathOrUrl, init, token);
    if (!this.#isWorthANewToken(first.verdict, token) || isConsumed(init.body)) return first.response;

    const newer = await this.#options.recovery.recover(token.generation);
    if (newer === undefined) return first.response;
    await first.response.body?.cancel();
    const second = await this.#send(pathOrUrl, init, newer);
    if (first.verdict === 'ambiguous' && second.verdict === 'ambiguous')
      this.#notTheTokenUpTo = newer.generation;
    return second.response;
  }

  #isWorthANewToken(verdict: ApiVerdict, { generation }: ZohoAccessToken): boolean {
    return verdict === 'token' || (verdict === 'ambiguous' && generation > this.#notTheTokenUpTo);
  }

  async #send(
    pathOrUrl: string | URL,
    init: RequestInit,
    token: ZohoAccessToken,
  ): Promise<{ response: Response; verdict: ApiVerdict }> {
    const url = resolveApiUrl(pathOrUrl, token);
    const headers = new Headers(init.headers);
    headers.set('authorization', `${TOKEN_TYPE} ${token.accessToken}`);
    const response = await this.#options.fetch(url, { ...init, headers });
    const verdict = await judge(response, url);
    const unauthorized = verdict === 'token' || response.status === 401;
    this.#options.metrics.recordCall({ unauthorized });
    return { response, verdict };
  }
}

/** `fetch` removes the token when it follows a redirect to another origin, whose response says nothing about the token. */
async function judge(response: Response, url: URL): Promise<ApiVerdict> {
  const wasRedirectedAway = response.redirected && new URL(response.url).origin !== url.origin;
  if (wasRedirectedAway || !mayBeRejection(response.status)) return 'accepted';
  const body = await readStart(response.clone());
  return judgeApiAnswer({ status: response.status, body, pathname: url.pathname });
}

async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    chunks.push(read.value);
    size += read.value.byteLength;
    if (size > MAX_READ_BYTES) break;
  }
  // Not awaited: a clone's cancel resolves only when the response itself has been read or cancelled.
  reader?.cancel().catch(() => {});
  return Buffer.concat(chunks).toString('utf8');
}

/** A stream can be sent only once. */
function isConsumed(body: RequestInit['body']): boolean {
  return (
    body instanceof ReadableStream ||
    (typeof body === 'object' && body !== null && Symbol.asyncIterator in body)
  );
}
