import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createPublishedTokenReader } from '../adapters/published-token.ts';
import {
  accessTokenSecretName,
  CONNECTION_NAME_PATTERN,
  DEFAULT_SECRET_PREFIX,
  SECRET_PREFIX_PATTERN,
} from '../core/connection/connection-name.ts';
import { describeGiven } from '../core/describe-given.ts';
import { ApiFetch } from './api-fetch.ts';
import { createReporter, type MetricsChoice } from './metrics/create-client-metrics.ts';
import { createRefreshAsker } from './refresher-invocation.ts';
import { TokenCache } from './token-cache.ts';
import { TokenRecovery } from './token-recovery.ts';
import { createTurnClock } from './turn-clock.ts';
import type { ZohoAccessToken } from './zoho-access-token.ts';
import { ZohoClientError } from './zoho-client-error.ts';

export interface ZohoClientOptions {
  /** Name of the connection, e.g. `crm-prod`. */
  readonly connection: string;
  /** @default the environment's ZOHO_SECRET_PREFIX, else `zoho` */
  readonly secretPrefix?: string;
  /**
   * The refresher Lambda, asked for a new token when Zoho rejects one before its time.
   *
   * @default the environment's ZOHO_REFRESHER_FUNCTION_NAME; without it the client only reads again
   */
  readonly refresherFunctionName?: string;
  /**
   * Where the metric of 401s goes: `emf` to standard output, `cloudwatch` by PutMetricData, `off` nowhere.
   *
   * @default `emf` inside Lambda, `cloudwatch` elsewhere
   */
  readonly metrics?: MetricsChoice;
  /** @default a client with the SDK's defaults */
  readonly secretsManagerClient?: SecretsManagerClient;
  /** @default a client with the SDK's defaults */
  readonly lambdaClient?: LambdaClient;
  /** @default the platform's; for tests */
  readonly fetch?: typeof globalThis.fetch;
  /** @default real time; for tests */
  readonly clock?: ClientClock;
}

/** Time as the client sees it. */
export interface ClientClock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface ZohoClient {
  /**
   * A valid token, from memory while it is fresh. Rejects with {@link ZohoClientError}.
   */
  getAccessToken(): Promise<ZohoAccessToken>;
  /**
   * Calls Zoho's API. A path goes to the token's `api_domain`; an absolute URL has to be one of Zoho's in the connection's
   * data center. A rejected token is replaced and the call made once more, unless its body is a stream.
   */
  fetch(pathOrUrl: string | URL, init?: RequestInit): Promise<Response>;
  /** Hands over the metrics that are held back. Call it before a process ends. */
  flush(): Promise<void>;
}

/** Reads one connection's token and calls Zoho with it. Create it once, outside the handler. */
export function createZohoClient(options: ZohoClientOptions): ZohoClient {
  const { connection, secretPrefix, refresherFunctionName } = checkOptions(options);
  const { clock = REAL_TIME } = options;
  const now = options.clock === undefined ? createTurnClock() : () => clock.now();
  const secretName = accessTokenSecretName(secretPrefix, connection);
  const reporter = createReporter(options.metrics, { secretPrefix, now });
  const cache = new TokenCache({
    connection,
    secretName,
    read: createPublishedTokenReader(options.secretsManagerClient ?? new SecretsManagerClient(), secretName),
    now,
    onUnavailable: () => reporter.warnSecretUnavailable(connection),
  });
  const ask =
    refresherFunctionName === undefined
      ? undefined
      : createRefreshAsker(options.lambdaClient ?? new LambdaClient(), refresherFunctionName);
  const recovery = new TokenRecovery({ connection, cache, ask, now, sleep: (ms) => clock.sleep(ms) });

  async function replaceExpired(expired: ZohoAccessToken): Promise<ZohoAccessToken> {
    const newer = await recovery.recover(expired.generation);
    if (newer !== undefined) return newer;
    throw new ZohoClientError(
      'token_expired',
      `The Zoho token of ${connection} (generation ${expired.generation}) ran out at ${expired.expiresAt.toISOString()} and there is no newer one: the connection is blocked, or the refresher does not run. See its alarms.`,
    );
  }

  async function loadToken(): Promise<ZohoAccessToken> {
    const token = await cache.load();
    return token.expiresAt.getTime() <= now() ? replaceExpired(token) : token;
  }

  const getAccessToken = () => cache.fresh() ?? loadToken();
  const api = new ApiFetch({
    connection,
    getAccessToken,
    recovery,
    reporter,
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
  });
  return {
    getAccessToken,
    fetch: (pathOrUrl, init) => api.fetch(pathOrUrl, init),
    flush: () => reporter.flush(),
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
      `connection must be the name of a connection (letters, digits, - and _, at most 64), is ${describeGiven(connection)}.`,
    );
  }
  if (!SECRET_PREFIX_PATTERN.test(secretPrefix)) {
    throw new ZohoClientError(
      'invalid_options',
      `secretPrefix must be a prefix of secret names without a slash at its ends, is ${describeGiven(secretPrefix)}.`,
    );
  }
  return { connection, secretPrefix, refresherFunctionName };
}
