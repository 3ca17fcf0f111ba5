import { TOKEN_TYPE } from '../core/zoho/authorization-header.ts';
import { judgeResponse } from './api-answer.ts';
import { type ApiRequest, readRequest } from './api-request.ts';
import { resolveApiUrl } from './api-url.ts';
import { runCall } from './call-options.ts';
import type { CompleteClock } from './client-clock.ts';
import { isRejection, kindOf, type RejectionMemory } from './rejection-memory.ts';
import type { TokenCache } from './token-cache.ts';
import type { TokenRecovery } from './token-recovery.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';

export interface ApiFetchOptions {
  readonly getAccessToken: () => Promise<ZohoAccessToken>;
  readonly isYoung: TokenCache['isYoung'];
  readonly recover: TokenRecovery;
  readonly memory: RejectionMemory;
  /** Counts one API call. */
  readonly recordCall: (isUnauthorized: boolean) => void;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: CompleteClock;
  readonly timeoutMs: number;
  readonly allowedHosts: readonly string[];
  /** An origin on this machine that receives all calls instead of Zoho. */
  readonly endpoint?: string | undefined;
}

/** Says which of Zoho's hosts a call was for, when it is sent to this machine instead. */
const SANDBOX_HOST_HEADER = 'x-zoho-sandbox-host';

/** The platform's options of `fetch`, and the client's. */
export interface ApiFetchInit extends RequestInit {
  /**
   * Bounds everything until the response arrives: token, call, recovery and repetition. The body is not included.
   *
   * @default - the client's `timeoutMs`
   */
  timeoutMs?: number;
  /** Required by the platform's `fetch` if the body is a stream. TypeScript's own types do not have it. */
  duplex?: 'half';
}

/** A request that was sent, and what its response says about the token. */
interface Sent {
  readonly response: Response;
  readonly generation: number;
  /** If Zoho rejected the token. `doubtful`: a new one would hardly help. */
  readonly rejection: 'rejected' | 'doubtful' | undefined;
}

/**
 * Calls Zoho's API with the connection's token. If Zoho rejects the token, the request is sent once more with a newer one, and
 * again if that one has been published for a while and is rejected as well.
 * Every other response is returned unchanged, because a new token would not help.
 */
export const createApiFetch = (options: ApiFetchOptions) => {
  const { getAccessToken, isYoung, recover, memory, recordCall, clock, endpoint, fetch } = options;
  const { timeoutMs, allowedHosts } = options;

  const call = async (request: ApiRequest, signal: AbortSignal): Promise<Response> => {
    const token = await getAccessToken();
    const first = await send(request, token, signal);
    const second = await repeat(request, first, signal);
    // The newer token had been published for a while, and may have died since.
    const isRejectedAgain = second !== first && second.rejection === 'rejected';
    return (isRejectedAgain ? await repeat(request, second, signal) : second).response;
  };

  /**
   * Sends the request with a newer token, if the token was rejected and there is one. A stream cannot be sent again: then the next call
   * has the newer token.
   */
  const repeat = async (request: ApiRequest, rejected: Sent, signal: AbortSignal): Promise<Sent> => {
    const { generation, rejection } = rejected;
    const newer = rejection && (await recover(generation, rejection));
    if (!newer || !request.canRepeat) return rejected;
    rejected.response.body?.cancel().catch(() => {});
    return send(request, newer, signal);
  };

  const send = async (request: ApiRequest, token: ZohoAccessToken, signal: AbortSignal): Promise<Sent> => {
    signal.throwIfAborted();
    const url = resolveApiUrl(request.target, token, allowedHosts);
    const sent = endpoint ? new URL(endpoint + url.pathname + url.search) : url;
    const { init, source } = request;
    const headers = new Headers(init.headers);
    headers.set('authorization', `${TOKEN_TYPE} ${token.accessToken}`);
    if (endpoint) headers.set(SANDBOX_HOST_HEADER, url.host);
    // The request itself, if it can be used, because it knows the length of its body.
    const target = source && source.url !== sent.href ? new Request(sent, source) : (source ?? sent);
    const response = await fetch(target, { ...init, headers, signal });
    // A response that comes too late has no reader. Its connection is released.
    if (signal.aborted) response.body?.cancel().catch(() => {});
    signal.throwIfAborted();
    // `fetch` removes the token when it follows a redirect to another origin, whose response says nothing about the token.
    const isForeign = response.redirected && new URL(response.url).origin !== sent.origin;
    const verdict = isForeign ? 'accepted' : await judgeResponse(response, url, clock);
    signal.throwIfAborted();
    const { generation } = token;
    const kind = kindOf(request.init.method ?? 'GET', url);
    if (response.ok) memory.succeed(kind, generation);
    recordCall(verdict === 'token' || (response.status === 401 && !isForeign));
    const mayHelp = memory.reject(kind, generation, verdict, isYoung(generation));
    return {
      response,
      generation,
      rejection: isRejection(verdict) ? (mayHelp ? 'rejected' : 'doubtful') : undefined,
    };
  };

  return (input: string | URL | Request, given?: ApiFetchInit): Promise<Response> => {
    const defaults = { timeoutMs, signal: (input as Request | undefined)?.signal };
    return runCall('The API call', clock, defaults, given ?? {}, async (signal) =>
      call(await readRequest(input, given), signal),
    );
  };
};
