import {
  CONNECTION_NAME_PATTERN,
  DEFAULT_SECRET_PREFIX,
  EARLIER_SECRET_PREFIX_PATTERN,
} from '../core/connection/connection-name.ts';
import { describeGiven } from '../core/describe-given.ts';
import type { AwsClient } from './aws-client.ts';
import { findTimeoutProblem } from './call-options.ts';
import type { ClientClock } from './client-clock.ts';
import { checkEndpoint } from './endpoint.ts';
import type { MetricsChoice } from './metrics/create-client-metrics.ts';
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

const DEFAULT_TIMEOUT_MS = 60_000;

/** A whole host name with a dot, in the form that URLs have. */
const HOST = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** Completes the options from the environment. Throws `invalid_options`. */
export function checkOptions(options: ZohoClientOptions) {
  if (typeof options !== 'object' || options === null) reject('The options', 'an object', options);
  const { connection, allowedHosts = [], timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { env } = process;
  const secretPrefix = options.secretPrefix ?? env.ZOHO_SECRET_PREFIX ?? DEFAULT_SECRET_PREFIX;
  const refresherFunctionName = options.refresherFunctionName ?? env.ZOHO_REFRESHER_FUNCTION_NAME;
  if (typeof connection !== 'string' || !CONNECTION_NAME_PATTERN.test(connection))
    reject('connection', 'the name of a connection (at most 64 letters, digits, - and _)', connection);
  if (typeof secretPrefix !== 'string' || !EARLIER_SECRET_PREFIX_PATTERN.test(secretPrefix))
    reject('secretPrefix', 'a prefix of secret names without a slash at either end', secretPrefix);
  if (refresherFunctionName !== undefined && typeof refresherFunctionName !== 'string')
    reject('refresherFunctionName', 'the name or ARN of a function', refresherFunctionName);
  const timeoutProblem = findTimeoutProblem(timeoutMs);
  if (timeoutProblem !== undefined) throw new ZohoClientError('invalid_options', `${timeoutProblem}.`);
  checkHosts(allowedHosts);
  for (const name of ['secretsManagerClient', 'lambdaClient'] as const)
    if (options[name] !== undefined && typeof options[name]?.send !== 'function')
      reject(name, 'a client of the AWS SDK (version 3)', options[name]);
  if (options.fetch !== undefined && typeof options.fetch !== 'function')
    reject('fetch', 'a function', options.fetch);
  const { clock } = options;
  if (clock !== undefined && (typeof clock?.now !== 'function' || typeof clock.sleep !== 'function'))
    reject('clock', 'an object with the functions now and sleep', clock);
  const endpoint = checkEndpoint(options.endpoint ?? env.ZOHO_API_ENDPOINT);
  return { connection, secretPrefix, refresherFunctionName, timeoutMs, allowedHosts, endpoint };
}

/** The full ARN that is given or in the environment. An ARN of another secret in the environment is not this client's. */
export function findSecretArn(given: string | undefined, secretName: string): string | undefined {
  const isOfSecret = (arn: string) => /:secret:(.+)-\w{6}$/.exec(arn)?.[1] === secretName;
  if (given === undefined) return process.env.ZOHO_TOKEN_SECRET_ARNS?.split(',').find(isOfSecret);
  if (typeof given === 'string' && isOfSecret(given)) return given;
  return reject(
    'tokenSecretArn',
    `the full ARN of the secret ${secretName}, with the six random characters at its end`,
    given,
  );
}

function checkHosts(hosts: unknown): void {
  const what = 'exact host names in lower case, such as crm.example.com';
  if (!Array.isArray(hosts)) reject('allowedHosts', `an array of ${what}`, hosts);
  const index = hosts.findIndex((host) => typeof host !== 'string' || !HOST.test(host));
  if (index === -1) return;
  const host: unknown = hosts[index];
  // Others may be a token that was pasted by mistake.
  const isShown = typeof host === 'string' && HOST.test(host.toLowerCase().replace(/^\*\./, ''));
  const problem = isShown ? `contains "${host}"` : `item ${index} is ${describeGiven(host)}`;
  throw new ZohoClientError('invalid_options', `allowedHosts must be ${what}: ${problem}.`);
}

function reject(name: string, what: string, given: unknown): never {
  throw new ZohoClientError('invalid_options', `${name} must be ${what}, is ${describeGiven(given)}.`);
}
