import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createAwsTime } from '../adapters/aws-time.ts';
import { createPublishedTokenReader } from '../adapters/published-token.ts';
import type { ResponseDates } from '../adapters/response-dates.ts';
import { type AccessTokenOptions, createAccessTokens } from './access-tokens.ts';
import { type ApiFetchInit, createApiFetch } from './api-fetch.ts';
import { limits } from './aws-client.ts';
import { completeClock, REAL_TIME } from './client-clock.ts';
import { warnAboutSystemClock } from './clock-warnings.ts';
import type { ClientMetrics } from './metrics/client-metrics.ts';
import { createClientMetrics } from './metrics/create-client-metrics.ts';
import { createRefreshAsker } from './refresher-invocation.ts';
import { createRejectionMemory, type RejectionMemory } from './rejection-memory.ts';
import { isReportedKind, judgeReported, kindOfReported, type ReportedAnswer } from './reported-answer.ts';
import { createTokenCache } from './token-cache.ts';
import { createTokenRecovery } from './token-recovery.ts';
import { createTokenTable, type TokenTableOptions } from './token-table.ts';
import { warnOnce } from './warn-once.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { checkOptions, type ZohoClientOptions } from './zoho-client-options.ts';

/** One attempt to read the secret. */
const READ_TIMEOUT_MS = 4_000;

/**
 * One connection's token, and API calls with it.
 *
 * @example
 * const response = await zoho.fetch('/crm/v8/Leads?fields=Last_Name');
 */
export interface ZohoClient {
  /**
   * Returns a valid token, from memory while it is fresh. Rejects with {@link ZohoClientError} (`not_authorized`,
   * `malformed_token`, `wrong_connection`, `token_expired`, `secret_unavailable`, `timeout`, `invalid_argument`, and
   * `no_newer_token` with `newerThan`), or with the reason of an aborted signal.
   *
   * @example
   * const { accessToken } = await zoho.getAccessToken();
   */
  getAccessToken(options?: AccessTokenOptions): Promise<ZohoAccessToken>;
  /**
   * Calls Zoho's API. A path goes to the token's `api_domain`; an absolute URL must be on a Zoho host of the connection's
   * data center. If Zoho rejects the token, the client gets a new one and sends the request once more. If Zoho also rejects the new
   * one, and it was not issued just now, the client does so a second time. A request whose body is a stream is sent once: its 401 is
   * returned, and the next call has the new token. A `Request` with a body of at most 1 MB is held in memory; a larger one is a stream.
   * All other responses are returned unchanged. Rejects with {@link ZohoClientError} (`invalid_url`, `forbidden_host`,
   * `forbidden_header`, `body_used`, and the codes of `getAccessToken`), with the reason of an aborted signal, or with the error of
   * `fetch`.
   *
   * @example
   * const response = await zoho.fetch('https://desk.zoho.eu/api/v1/tickets', { method: 'POST', body });
   */
  fetch(input: string | URL | Request, init?: ApiFetchInit): Promise<Response>;
  /**
   * For other HTTP clients: reports that Zoho rejected a token. The rejection is counted in the metric `Unauthorized`, and the
   * answer is judged as `fetch` judges one. Returns true if a newer token may help: get it with `newerThan`, and repeat the
   * call once. Rejects with {@link ZohoClientError} (`invalid_argument`).
   *
   * @example
   * if (await zoho.reportRejected(generation, { status: 401, url, body })) {
   *   const newer = await zoho.getAccessToken({ newerThan: generation });
   * }
   */
  reportRejected(generation: number, answer?: ReportedAnswer): Promise<boolean>;
  /**
   * For other HTTP clients: reports a call that Zoho did not answer with 401, so that the rate of 401s is right. With the URL
   * of the request, the client remembers which kind of call works.
   *
   * @example
   * zoho.reportAccepted();
   */
  reportAccepted(url?: string | URL): void;
  /**
   * Sends the metrics that are held. Call it before a process or an invocation ends. Takes at most 15 s, and never rejects: a
   * failure is a warning.
   *
   * @example
   * await zoho.flush();
   */
  flush(): Promise<void>;
  /**
   * How many API calls are missing from the metric `Unauthorized` for good, because CloudWatch rejected their counts or
   * did not accept them for an hour. A process warning says why.
   *
   * @example
   * if (zoho.droppedCalls > 0) console.warn(`${zoho.droppedCalls} API calls are not in the metrics.`);
   */
  readonly droppedCalls: number;
}

/**
 * Creates a client that reads one connection's token and calls Zoho with it. Create it once, outside the handler. Throws
 * {@link ZohoClientError} with the code `invalid_options`.
 *
 * @example
 * const zoho = createZohoClient({ connection: 'crm-prod' });
 *
 * export async function handler() {
 *   const response = await zoho.fetch('/crm/v8/Leads?fields=Last_Name');
 *   return await response.json();
 * }
 */
export function createZohoClient(options: ZohoClientOptions): ZohoClient {
  const checked = checkOptions(options);
  return connect(checked, createParts(checked), createRejectionMemory());
}

type CheckedOptions = ReturnType<typeof checkOptions>;

/** What the connections of one process share. */
export const createParts = (options: CheckedOptions & Pick<TokenTableOptions, 'load'>) => {
  const { refresherFunctionName, tokensTable } = options;
  const clock = options.clock ? completeClock(options.clock) : REAL_TIME;
  const time = createAwsTime(clock);
  const secretsManager = options.secretsManagerClient ?? new SecretsManagerClient(limits(READ_TIMEOUT_MS));
  const dates: ResponseDates = {
    elapsed: time.elapsed,
    correct: (date, sentAtMs) => {
      time.correct(date, sentAtMs);
      warnAboutSystemClock(warnOnce, clock, time);
    },
  };
  const table = tokensTable ? createTokenTable({ ...options, tokensTable, dates }) : undefined;
  return {
    warn: warnOnce,
    clock,
    time,
    // Calls of a sandbox on this machine concern no alarm.
    metrics: createClientMetrics(options.metrics, options.endpoint ? () => {} : warnOnce, time.now, clock),
    readerOf: (connection: string, secretId: string) => {
      const ofSecret = createPublishedTokenReader(secretsManager, secretId, dates);
      return table ? table.readerOf(connection, ofSecret) : ofSecret;
    },
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    ask: refresherFunctionName
      ? createRefreshAsker(options.lambdaClient, refresherFunctionName, warnOnce, clock)
      : undefined,
  };
};

export type Parts = ReturnType<typeof createParts>;

/** The client of one connection. `memory` knows what was rejected before. */
export const connect = (
  options: CheckedOptions,
  parts: Omit<Parts, 'metrics'> & { readonly metrics: ClientMetrics },
  memory: RejectionMemory,
): ZohoClient => {
  const shared = { ...options, ...parts };
  const { connection, secretPrefix, secretId, readerOf, metrics, warn } = shared;
  const source = { secretPrefix, connection, hasOwnMetrics: () => cache.hasOwnMetrics() };
  const recordCall = (isUnauthorized: boolean) =>
    metrics.record(source, isUnauthorized ? 'unauthorized' : 'accepted');
  const cache = createTokenCache({
    ...shared,
    read: readerOf(connection, secretId),
    onUnavailable: (problem) => {
      metrics.record(source, 'secretUnavailable');
      const message = `${problem} The token in memory is used until it expires.`;
      warn({ code: 'secret_unavailable', message });
    },
  });
  const recover = createTokenRecovery({ ...shared, cache });
  const tokens = createAccessTokens({ ...shared, cache, recover });
  return {
    getAccessToken: (given) => (!given && cache.fresh()) || tokens.get(given),
    fetch: createApiFetch({
      ...shared,
      isYoung: cache.isYoung,
      recordCall,
      getAccessToken: tokens.current,
      recover,
      memory,
    }),
    reportRejected: async (generation, answer) => {
      const { verdict, kind } = judgeReported(answer);
      await tokens.checkKnown('generation', generation);
      recordCall(verdict === 'token' || (answer?.status ?? 401) === 401);
      return memory.reject(kind, generation, verdict, cache.isYoung(generation));
    },
    reportAccepted: (url) => {
      recordCall(false);
      const generation = cache.generation();
      if (!url) memory.succeedAll(isReportedKind, generation);
      else memory.succeed(kindOfReported(url), generation);
    },
    flush: metrics.flush,
    get droppedCalls() {
      return metrics.droppedCalls;
    },
  };
};
