import { type ApiVerdict, judgeApiAnswer, mayBeRejection } from '../core/zoho/api-rejections.ts';
import { TOKEN_TYPE } from '../core/zoho/authorization-header.ts';
import { resolveApiUrl } from './api-url.ts';
import type { ApiCallReporter } from './metrics/api-call-reporter.ts';
import type { TokenRecovery } from './token-recovery.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';

/** Error bodies of Zoho's APIs are short; no more than this is looked at. */
const MAX_LOOKED_AT_BYTES = 64 * 1024;

export interface ApiFetchOptions {
  readonly connection: string;
  readonly getAccessToken: () => Promise<ZohoAccessToken>;
  readonly recovery: TokenRecovery;
  readonly reporter: ApiCallReporter;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Calls Zoho's API with the connection's token. A rejected token is recorded and replaced, and the call is made once more;
 * an answer that no token would change is handed back as it is, like every other answer.
 */
export class ApiFetch {
  readonly #options: ApiFetchOptions;
  /** Highest generation whose ambiguous rejection a newer token has already failed to mend. */
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
    this.#options.reporter.record(this.#options.connection, { unauthorized });
    return { response, verdict };
  }
}

/** `fetch` takes the token off when a redirect leads to another origin: what that one answers says nothing about it. */
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
    if (size > MAX_LOOKED_AT_BYTES) break;
  }
  // Not waited for: a clone's cancel ends only when the response itself has been read or cancelled.
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
