import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createPublishedTokenReader } from '../adapters/published-token.ts';
import {
  accessTokenSecretName,
  CONNECTION_NAME_PATTERN,
  DEFAULT_SECRET_PREFIX,
  EARLIER_SECRET_PREFIX_PATTERN,
} from '../core/connection/connection-name.ts';
import { describeGiven } from '../core/describe-given.ts';
import { ApiFetch } from './api-fetch.ts';
import type { AwsClient } from './aws-client.ts';
import { createClientMetrics, type MetricsChoice } from './metrics/create-client-metrics.ts';
import { createRefreshAsker } from './refresher-invocation.ts';
import { TokenCache } from './token-cache.ts';
import { TokenRecovery } from './token-recovery.ts';
import { createTurnClock } from './turn-clock.ts';
import { warnOnce } from './warn-once.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/**
 * Options of {@link createZohoClient}.
 *
 * @example
 * const options: ZohoClientOptions = { connection: 'crm-prod', refresherFunctionName: 'zoho-token-refresher' };
 */
export interface ZohoClientOptions {
  /** Name of the connection, e.g. `crm-prod`. */
  readonly connection: string;
  /**
   * Prefix of the names of the installation's secrets, without a slash at either end.
   *
   * @default the environment's ZOHO_SECRET_PREFIX, else `zoho`
   */
  readonly secretPrefix?: string;
  /**
   * The refresher Lambda to ask for a new token when Zoho rejects one before it expires.
   *
   * @default the environment's ZOHO_REFRESHER_FUNCTION_NAME; without it the client only reads the secret again
   */
  readonly refresherFunctionName?: string;
  /**
   * Full ARN of the connection's token secret, needed if the secret is in another account.
   *
   * @default that of this connection in the environment's ZOHO_TOKEN_SECRET_ARNS (separated by commas), else the secret is
   * found by its name
   */
  readonly tokenSecretArn?: string;
  /**
   * Where the client's metrics go: `emf` to standard output, `cloudwatch` to PutMetricData, `off` nowhere.
   *
   * @default `emf` inside Lambda, `cloudwatch` elsewhere
   */
  readonly metrics?: MetricsChoice;
  /**
   * A `SecretsManagerClient` of the AWS SDK, to read the token's secret.
   *
   * @default a client with the SDK's defaults
   */
  readonly secretsManagerClient?: AwsClient;
  /**
   * A `LambdaClient` of the AWS SDK, to invoke the refresher.
   *
   * @default a client with the SDK's defaults, loaded on first use
   */
  readonly lambdaClient?: AwsClient;
  /**
   * Replaces the platform's `fetch`, for tests.
   *
   * @default globalThis.fetch
   */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Replaces the system's clock, for tests.
   *
   * @default real time
   */
  readonly clock?: ClientClock;
}

/**
 * The clock of a client. Tests replace it.
 *
 * @example
 * const clock: ClientClock = { now: () => Date.UTC(2026, 0, 5), sleep: () => Promise.resolve() };
 */
export interface ClientClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after a number of milliseconds, or earlier, once `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * One connection's token, and API calls with it.
 *
 * @example
 * const response = await zoho.fetch('/crm/v8/Leads?fields=Last_Name');
 */
export interface ZohoClient {
  /**
   * Returns a valid token, from memory while it is fresh. Rejects with {@link ZohoClientError}: `not_authorized`,
   * `malformed_token`, `token_expired` or `secret_unavailable`.
   *
   * @example
   * const { accessToken } = await zoho.getAccessToken();
   */
  getAccessToken(): Promise<ZohoAccessToken>;
  /**
   * Calls Zoho's API. A path goes to the token's `api_domain`; an absolute URL must be on a Zoho host of the connection's
   * data center. If Zoho rejects the token, the client gets a new one and sends the request once more, unless its body is a
   * stream. All other responses are returned unchanged. Rejects with {@link ZohoClientError} (`invalid_url`,
   * `forbidden_host`, and the codes of `getAccessToken`), or with the error of `fetch`.
   *
   * @example
   * const response = await zoho.fetch('https://desk.zoho.eu/api/v1/tickets', { method: 'POST', body });
   */
  fetch(pathOrUrl: string | URL, init?: RequestInit): Promise<Response>;
  /**
   * Sends the metrics that are held. Call it before a process or an invocation ends. Never rejects: a failure is a warning.
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
  const { connection, secretPrefix, refresherFunctionName } = checkOptions(options);
  const { clock = REAL_TIME } = options;
  const now = options.clock === undefined ? createTurnClock() : () => clock.now();
  const secretName = accessTokenSecretName(secretPrefix, connection);
  const secretId = findSecretArn(options.tokenSecretArn, secretName) ?? secretName;
  const metrics = createClientMetrics(options.metrics, { secretPrefix, connection, warn: warnOnce }, now);
  const cache = new TokenCache({
    connection,
    secretName,
    read: createPublishedTokenReader(options.secretsManagerClient ?? new SecretsManagerClient(), secretId),
    now,
    onUnavailable: ({ code, message }) => {
      metrics.recordUnavailableSecret();
      warnOnce({
        code: 'secret_unavailable',
        reason: `${code} ${secretName}`,
        message: `The token secret of ${connection} cannot be read. The token in memory is used until it expires. ${message}`,
      });
    },
  });
  const ask =
    refresherFunctionName === undefined
      ? undefined
      : createRefreshAsker(options.lambdaClient, refresherFunctionName, warnOnce);
  const recovery = new TokenRecovery({ connection, cache, ask, now, sleep: (ms) => clock.sleep(ms) });

  async function replaceExpired(expired: ZohoAccessToken): Promise<ZohoAccessToken> {
    const newer = await recovery.recover(expired.generation);
    if (newer !== undefined) return newer;
    throw new ZohoClientError(
      'token_expired',
      `The Zoho token of ${connection} (generation ${expired.generation}) expired at ${expired.expiresAt.toISOString()} and no newer one is available: the connection is blocked, or the refresher is not running. Check its alarms.`,
    );
  }

  async function loadToken(): Promise<ZohoAccessToken> {
    const token = await cache.load();
    return token.expiresAt.getTime() <= now() ? replaceExpired(token) : token;
  }

  const getAccessToken = () => cache.fresh() ?? loadToken();
  const api = new ApiFetch({
    getAccessToken,
    recovery,
    metrics,
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
  });
  return {
    getAccessToken,
    fetch: (pathOrUrl, init) => api.fetch(pathOrUrl, init),
    flush: () => metrics.flush(),
    get droppedCalls() {
      return metrics.droppedCalls;
    },
  };
}

const REAL_TIME: ClientClock = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

function checkOptions(options: ZohoClientOptions) {
  const { connection } = options;
  const secretPrefix = options.secretPrefix ?? process.env.ZOHO_SECRET_PREFIX ?? DEFAULT_SECRET_PREFIX;
  const refresherFunctionName = options.refresherFunctionName ?? process.env.ZOHO_REFRESHER_FUNCTION_NAME;
  if (typeof connection !== 'string' || !CONNECTION_NAME_PATTERN.test(connection)) {
    throw new ZohoClientError(
      'invalid_options',
      `connection must be the name of a connection (at most 64 letters, digits, - and _), is ${describeGiven(connection)}.`,
    );
  }
  if (!EARLIER_SECRET_PREFIX_PATTERN.test(secretPrefix)) {
    throw new ZohoClientError(
      'invalid_options',
      `secretPrefix must be a prefix of secret names without a slash at either end, is ${describeGiven(secretPrefix)}.`,
    );
  }
  return { connection, secretPrefix, refresherFunctionName };
}

/** The full ARN that is given or in the environment. An ARN of another secret in the environment is not this client's. */
function findSecretArn(given: string | undefined, secretName: string): string | undefined {
  const isOfSecret = (arn: string) => /:secret:(.+)-\w{6}$/.exec(arn)?.[1] === secretName;
  if (given === undefined) return process.env.ZOHO_TOKEN_SECRET_ARNS?.split(',').find(isOfSecret);
  if (isOfSecret(given)) return given;
  throw new ZohoClientError(
    'invalid_options',
    `tokenSecretArn must be the full ARN of the secret ${secretName}, with the six random characters at its end, is ${describeGiven(given)}.`,
  );
}
