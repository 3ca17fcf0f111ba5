import type { ApiVerdict } from '../core/zoho/api-rejections.ts';
import { TOKEN_TYPE } from '../core/zoho/authorization-header.ts';
import { judgeResponse, wasRedirectedAway } from './api-answer.ts';
import { type ApiRequest, readRequest } from './api-request.ts';
import { resolveApiUrl } from './api-url.ts';
import { Bound } from './bound.ts';
import { checkCallOptions, timeoutError } from './call-options.ts';
import type { CompleteClock } from './client-clock.ts';
import { SANDBOX_HOST_HEADER } from './endpoint.ts';
import type { ClientMetrics } from './metrics/client-metrics.ts';
import { kindOf, type RejectionMemory } from './rejection-memory.ts';
import type { TokenCache } from './token-cache.ts';
import type { TokenRecovery } from './token-recovery.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';

export interface ApiFetchOptions {
  readonly getAccessToken: () => Promise<ZohoAccessToken>;
  readonly isYoung: TokenCache['isYoung'];
  readonly recovery: Pick<TokenRecovery, 'recover'>;
  readonly memory: RejectionMemory;
  readonly metrics: Pick<ClientMetrics, 'recordCall'>;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: CompleteClock;
  readonly timeoutMs: number;
  readonly allowedHosts?: readonly string[];
  /** An origin on this machine that receives all calls instead of Zoho. */
  readonly endpoint?: string | undefined;
}

/** The platform's options of `fetch`, and the client's. */
export interface ApiFetchInit extends RequestInit {
  /**
   * Bounds everything until the response arrives: token, call, recovery and repetition. The body is not included.
   *
   * @default - the client's `timeoutMs`
   */
  timeoutMs?: number;
}

interface Answer {
  readonly response: Response;
  /** Whether a new token may help. */
  readonly wantsNewToken: boolean;
  readonly isRejected: boolean;
}

/**
 * Calls Zoho's API with the connection's token. If Zoho rejects the token, the request is sent once more with a newer one.
 * Every other response is returned unchanged, because a new token would not help.
 */
export class ApiFetch {
  readonly #options: ApiFetchOptions;

  constructor(options: ApiFetchOptions) {
    this.#options = options;
  }

  async fetch(input: string | URL | Request, given?: ApiFetchInit): Promise<Response> {
    const { clock } = this.#options;
    checkCallOptions(given ?? {});
    const { timeoutMs = this.#options.timeoutMs } = given ?? {};
    const signal = given?.signal === undefined ? (input as Request | undefined)?.signal : given.signal;
    const bound = new Bound(clock, timeoutMs, () => timeoutError('The API call', timeoutMs), signal);
    let response: Response | undefined;
    try {
      bound.signal.throwIfAborted();
      response = await this.#call(await bound.wait(readRequest(input, given ?? undefined)), bound);
      return response;
    } finally {
      bound.end(response);
    }
  }

  async #call(request: ApiRequest, bound: Bound): Promise<Response> {
    const token = await bound.wait(this.#options.getAccessToken());
    const first = await this.#send(request, token, bound);
    if (!first.isRejected || !request.canRepeat) return first.response;
    const reason = first.wantsNewToken ? 'rejected' : 'doubtful';
    const newer = await bound.wait(this.#options.recovery.recover(token.generation, reason));
    if (newer === undefined) return first.response;
    first.response.body?.cancel().catch(() => {});
    return (await this.#send(request, newer, bound)).response;
  }

  async #send(request: ApiRequest, token: ZohoAccessToken, bound: Bound): Promise<Answer> {
    const { clock, isYoung, memory, metrics } = this.#options;
    const url = resolveApiUrl(request.target, token, this.#options.allowedHosts);
    const { response, sent } = await this.#exchange(request, url, token, bound);
    const verdict = await bound.wait(judgeResponse(response, url, sent, clock));
    const { generation } = token;
    const kind = kindOf(request.init.method ?? 'GET', url);
    if (response.ok) memory.succeed(kind, generation);
    const isRejected = verdict === 'token' || verdict === 'ambiguous';
    const wantsNewToken =
      isRejected && memory.reject(kind, { generation, verdict, isYoung: isYoung(generation) });
    metrics.recordCall({ unauthorized: countsAsUnauthorized(response, sent, verdict) });
    return { response, isRejected, wantsNewToken };
  }

  async #exchange(request: ApiRequest, url: URL, token: ZohoAccessToken, bound: Bound) {
    const { endpoint, fetch } = this.#options;
    const { init, source } = request;
    const headers = new Headers(init.headers);
    headers.set('authorization', `${TOKEN_TYPE} ${token.accessToken}`);
    let sent = url;
    if (endpoint !== undefined) {
      headers.set(SANDBOX_HOST_HEADER, url.host);
      sent = new URL(url.pathname + url.search, endpoint);
    }
    // The request itself, if it can be used, because it knows the length of its body.
    const target =
      source === undefined || source.url === sent.href ? (source ?? sent) : new Request(sent, source);
    const call = (async () => await fetch(target, { ...init, headers, signal: bound.signal }))();
    try {
      return { response: await bound.wait(call), sent };
    } catch (error) {
      // A response that comes later has no reader. Its connection is released.
      call.then(({ body }) => body?.cancel()).catch(() => {});
      throw error;
    }
  }
}

function countsAsUnauthorized(response: Response, sent: URL, verdict: ApiVerdict): boolean {
  if (wasRedirectedAway(response, sent)) return false;
  return verdict === 'token' || response.status === 401;
}
