import {
  accessTokenSecretName,
  CONNECTION_NAME_PATTERN,
  DEFAULT_SECRET_PREFIX,
  EARLIER_SECRET_PREFIX_PATTERN,
} from '../core/connection/connection-name.ts';
import { describeGiven } from '../core/describe-given.ts';
import type { AwsClient } from './aws-client.ts';
import type { ClientClock } from './client-clock.ts';
import type { MetricsChoice } from './metrics/create-client-metrics.ts';
import { checkOption, OBJECT, type Rule, TIMEOUT, withMethods } from './rules.ts';
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
   * The DynamoDB table with the tokens that are not in Secrets Manager. A connection that it has no token of is read from Secrets
   * Manager.
   *
   * @default the environment's ZOHO_TOKENS_TABLE; without it all tokens are read from Secrets Manager
   */
  readonly tokensTable?: string;
  /**
   * How long one call of `getAccessToken` or `fetch` may take, in milliseconds.
   *
   * @default 60000
   */
  readonly timeoutMs?: number;
  /**
   * Exact names of hosts, in addition to Zoho's, that may receive the token, e.g. `crm.example.com`: a custom domain of Zoho, or
   * a product's host that this version does not know. The owner of such a host can use the token.
   *
   * @default none
   */
  readonly allowedHosts?: readonly string[];
  /**
   * For development: all API calls go to this origin on this machine (`http://127.0.0.1:PORT`, `http://localhost:PORT` or
   * `http://[::1]:PORT`) instead of to Zoho, with Zoho's host in the header `x-zoho-sandbox-host`.
   *
   * @default the environment's ZOHO_API_ENDPOINT, which the sandbox prints; else Zoho
   */
  readonly endpoint?: string;
  /**
   * Where the client's metrics go: `emf` to standard output, `cloudwatch` to PutMetricData, `off` nowhere.
   *
   * @default `emf` inside Lambda, `cloudwatch` elsewhere
   */
  readonly metrics?: MetricsChoice;
  /**
   * A `SecretsManagerClient` of the AWS SDK, to read the token's secret.
   *
   * @default a client with timeouts
   */
  readonly secretsManagerClient?: AwsClient;
  /**
   * A `LambdaClient` of the AWS SDK, to invoke the refresher.
   *
   * @default a client with timeouts, loaded on first use
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

/** A whole host name with a dot, in the form that URLs have: it is compared with the name in a URL. */
const HOST = /^([a-z0-9-]+\.)+[a-z][a-z0-9-]+$/;
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}\/?$/;

const text = (what: string, pattern: RegExp): Rule => [
  what,
  (value) => typeof value === 'string' && pattern.test(value),
];

const TEXT = text('a text', /^/);
const AWS_CLIENT = withMethods('a client of AWS SDK version 3', 'send');

export const CONNECTION = text(
  'a connection name (at most 64 letters, digits, - and _)',
  CONNECTION_NAME_PATTERN,
);

const RULES: Readonly<Record<keyof ZohoClientOptions, Rule>> = {
  connection: CONNECTION,
  secretPrefix: text('a prefix of secret names, no slash at either end', EARLIER_SECRET_PREFIX_PATTERN),
  refresherFunctionName: TEXT,
  tokenSecretArn: TEXT,
  tokensTable: TEXT,
  timeoutMs: TIMEOUT,
  allowedHosts: [
    'host names in lower case, such as ["crm.example.com"]',
    (value) => Array.isArray(value) && value.every((host) => typeof host === 'string' && HOST.test(host)),
  ],
  endpoint: [
    'on this machine, such as http://127.0.0.1:8400',
    (value) => value === '' || (typeof value === 'string' && LOOPBACK.test(value) && URL.canParse(value)),
  ],
  metrics: text('"emf", "cloudwatch" or "off"', /^(emf|cloudwatch|off)$/),
  secretsManagerClient: AWS_CLIENT,
  lambdaClient: AWS_CLIENT,
  fetch: ['a function', (value) => typeof value === 'function'],
  clock: withMethods('a clock with now and sleep', 'now', 'sleep'),
};

/** Completes the options from the environment. Throws `invalid_options`. */
export const checkOptions = (given: ZohoClientOptions) => {
  checkOption('The options', OBJECT, given);
  const { env } = process;
  const options = {
    connection: given.connection,
    secretPrefix: env.ZOHO_SECRET_PREFIX ?? DEFAULT_SECRET_PREFIX,
    refresherFunctionName: env.ZOHO_REFRESHER_FUNCTION_NAME,
    tokensTable: env.ZOHO_TOKENS_TABLE,
    endpoint: env.ZOHO_API_ENDPOINT,
    timeoutMs: 60_000,
    allowedHosts: [],
    ...(Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as Partial<ZohoClientOptions>),
  };
  // First: a wrong name explains why an option is missing.
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(RULES, name));
  if (unknown !== undefined) {
    const names = Object.keys(RULES).join(', ');
    throw new ZohoClientError(
      'invalid_options',
      `${describeGiven(unknown)} is not an option. Options: ${names}.`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined || name === 'connection')
      checkOption(name, RULES[name as keyof ZohoClientOptions], value);
  }
  const secretName = accessTokenSecretName(options.secretPrefix, options.connection);
  const isOfSecret = (arn: unknown) => /:secret:(.+)-\w{6}$/.exec(String(arn))?.[1] === secretName;
  const { tokenSecretArn } = options;
  if (tokenSecretArn !== undefined) {
    const what = `the full ARN of ${secretName}, with its six random characters`;
    checkOption('tokenSecretArn', [what, isOfSecret], tokenSecretArn);
  }
  return {
    ...options,
    endpoint: options.endpoint && new URL(options.endpoint).origin,
    // An ARN of another secret in the environment is not this client's.
    secretId: tokenSecretArn ?? env.ZOHO_TOKEN_SECRET_ARNS?.split(',').find(isOfSecret) ?? secretName,
  };
};
