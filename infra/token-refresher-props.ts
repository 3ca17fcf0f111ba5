import type { ConnectionState } from '../lambdas/core/connection/state-change.ts';
import type { DataCenterLocation } from '../lambdas/core/zoho/data-centers.ts';

/** Options of {@link ZohoTokenRefresher}: the same as the context key `zohoTokenRefresher` of `cdk.json`. */
export interface ZohoTokenRefresherProps {
  /**
   * Beginning of every secret's name: `<secretPrefix>/<connection>/access-token`. Also the value of the metrics'
   * dimension `service`. Two deployments in one account and region need two prefixes, neither of which continues the other.
   *
   * @default 'zoho'
   */
  readonly secretPrefix?: string;
  /**
   * E-mail addresses that every alarm is sent to, by its name. Each one has to confirm its subscription once.
   *
   * @default - nobody; subscribe to `alarmTopic` instead
   */
  readonly alarmEmails?: readonly string[];
  /**
   * E-mail addresses that are told once when anything cannot wait, and once when all is well again.
   *
   * @default - nobody; subscribe to `pageTopic` instead
   */
  readonly pageEmails?: readonly string[];
  /**
   * The same for what can wait for the next working day.
   *
   * @default - nobody; subscribe to `ticketTopic` instead
   */
  readonly ticketEmails?: readonly string[];
  /**
   * Connections to keep a token for, by name.
   *
   * @default - none; connections can be added at run time
   */
  readonly connections?: Readonly<Record<string, ZohoConnectionOptions>>;
  /**
   * Latest moment to publish a new token, in seconds before the old one's expiry.
   *
   * @default 300
   */
  readonly refreshMarginSeconds?: number;
  /**
   * Refreshes are spread over this many seconds before the margin.
   *
   * @default 60
   */
  readonly refreshJitterSeconds?: number;
  /**
   * Timeout of the refresher function. A connection's lease lasts 15 s longer.
   *
   * @default 60
   */
  readonly functionTimeoutSeconds?: number;
  /**
   * Timeout of one call of Zoho's token endpoint; at most half of `functionTimeoutSeconds`.
   *
   * @default 10
   */
  readonly zohoTimeoutSeconds?: number;
  /**
   * Refreshes started per second at most. Secrets Manager allows 50 writes per second, account and region, and a
   * refresh makes two.
   *
   * @default 20
   */
  readonly maxRefreshesPerSecond?: number;
  /**
   * Refreshes in flight at a time at most.
   *
   * @default 25
   */
  readonly maxInFlight?: number;
  /**
   * Days to keep the refresher's log; one of the values that CloudWatch Logs allows.
   *
   * @default 30
   */
  readonly logRetentionDays?: number;
  /**
   * Rate of 401s, in percent of the calls of Zoho's APIs, above which the alarm `UnauthorizedSpike` goes off; 0.01 to 100.
   * With 100 it never does.
   *
   * @default 0.5
   */
  readonly unauthorizedRatePercent?: number;
  /**
   * Number of 401s in 5 minutes below which no rate is alarming; 1 to 1000.
   *
   * @default 3
   */
  readonly unauthorizedMinimumCount?: number;
  /**
   * Where the runbooks are: every alarm links to `<runbookBaseUrl>/<alarm>.md`.
   *
   * @default - this project's runbooks on GitHub
   */
  readonly runbookBaseUrl?: string;
  /**
   * Changes of connections that are put on the account's default event bus of EventBridge, for others to act on: `blocked`,
   * `recovered` and `refreshed`. An empty list puts none, and takes the permission away.
   *
   * @default ['blocked', 'recovered']
   */
  readonly stateChangeEvents?: readonly ConnectionState[];
  /**
   * Name of a declared connection: a function is deployed that calls Zoho with it whenever it is invoked, as an example of
   * a consumer and to try out a deployment. Nothing invokes it by itself.
   *
   * @default - no example consumer
   */
  readonly exampleConsumer?: string | undefined;
}

/** Options of one connection. */
export interface ZohoConnectionOptions {
  /** Zoho's code of the data center where the account lives, e.g. `eu`. */
  readonly dataCenter: DataCenterLocation;
  /** OAuth scopes that consumers rely on, e.g. `['ZohoCRM.modules.ALL']`; at least one. */
  readonly scopes: readonly string[];
  /**
   * Kind of client in Zoho's API console. Server-based clients are the ones for production; a self client belongs to
   * one person's account.
   *
   * @default 'server-based'
   */
  readonly clientType?: ZohoClientType;
  /**
   * AWS regions that get a copy of the access token, never of the credentials. A copy is encrypted with its region's
   * `aws/secretsmanager`, so only this account can read it; its ARN is that of the secret with the other region, and a
   * reader needs `secretsmanager:GetSecretValue` on it.
   *
   * @default - none
   */
  readonly replicaRegions?: readonly string[];
}

export type ZohoClientType = 'server-based' | 'self-client';
