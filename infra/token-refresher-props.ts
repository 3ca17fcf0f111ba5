// Written by `npm run docs` from infra/settings/settings.ts: change the settings there.
import type { ConnectionState } from '../lambdas/core/connection/state-change.ts';
import type { ZohoConnectionOptions, ZohoFollowOptions } from './connection-options.ts';
import type { ZohoConsentOptions } from './consent/consent-options.ts';
import type { ExistingResources } from './existing-resources.ts';

/** Options of {@link ZohoTokenRefresher}: the settings, and resources of your own. */
export interface ZohoTokenRefresherProps extends ZohoTokenRefresherSettings, ExistingResources {}

/** The settings, the same as in the context key `zohoTokenRefresher` of `cdk.json` and in a configuration file. */
export interface ZohoTokenRefresherSettings {
  /**
   * Secrets are named `<secretPrefix>/<connection>/credentials` and `<secretPrefix>/<connection>/access-token`. It
   * is also the value of the metrics' dimension `service`. Two deployments in one account and region need two
   * prefixes. Do not change it: CloudFormation would delete every token secret and create empty ones under the new
   * name, and the credentials would stay under the old name. docs/upgrading.md says how to move to another prefix.
   *
   * @default 'zoho'
   */
  readonly secretPrefix?: string;
  /**
   * E-mail addresses that get every alarm, by its name. Each one must confirm its subscription once.
   *
   * @default - none
   */
  readonly alarmEmails?: readonly string[];
  /**
   * E-mail addresses that get one message when something needs attention now, and one when everything is well
   * again.
   *
   * @default - none
   */
  readonly pageEmails?: readonly string[];
  /**
   * E-mail addresses that get one message when something needs attention on the next working day, and one when
   * everything is well again.
   *
   * @default - none
   */
  readonly ticketEmails?: readonly string[];
  /**
   * Connections to keep a token for, by name. More can be added at run time.
   *
   * @default - none
   */
  readonly connections?: Readonly<Record<string, ZohoConnectionOptions>>;
  /**
   * A new token is published at least this many seconds before the old one expires. From 180 to 1725.
   *
   * @default 300
   */
  readonly refreshMarginSeconds?: number;
  /**
   * Tokens are renewed at random up to this many seconds earlier. Up to 60 changes little, because ticks come once
   * a minute. Renewals are spread over the minutes without it. From 0 to 600.
   *
   * @default 60
   */
  readonly refreshJitterSeconds?: number;
  /**
   * Timeout of the refresher function. The lease of a connection lasts 15 s longer. From 30 to 75.
   *
   * @default 75
   */
  readonly functionTimeoutSeconds?: number;
  /**
   * Timeout of one call to Zoho; at most half of `functionTimeoutSeconds`. From 2 to 20.
   *
   * @default 10
   */
  readonly zohoTimeoutSeconds?: number;
  /**
   * Refreshes that start per second. Secrets Manager allows 50 writes per second in an account and region; a
   * refresh makes two. From 1 to 24.
   *
   * @default 20
   */
  readonly maxRefreshesPerSecond?: number;
  /**
   * Refreshes that run at the same time. From 1 to 100.
   *
   * @default 25
   */
  readonly maxInFlight?: number;
  /**
   * Days after which a connection that stays blocked is parked: it is looked at rarely and holds no alarm. Its
   * recovery is notified. From 1 to 365.
   *
   * @default 7
   */
  readonly parkAfterDays?: number;
  /**
   * Where the secrets of a connection are stored that is added at run time: `secrets-manager`, or `dynamodb`, each
   * encrypted with the KMS key. See docs/platforms.md. Declared connections are always in Secrets Manager.
   * Existing connections stay where they are until `zoho-tokens move NAME --to dynamodb` moves them.
   *
   * @default 'secrets-manager'
   */
  readonly connectedStore?: 'secrets-manager' | 'dynamodb';
  /**
   * How many schedules share the connections that were added at run time: 1, 2, 4, 8 or 16. Each invokes the
   * function every minute, and has its own alarm. With `connectedStore: secrets-manager`, it keeps the tables of
   * the second store for the connections that are still there.
   *
   * @default - 1 with `connectedStore: dynamodb`, otherwise none
   */
  readonly fleetShards?: 1 | 2 | 4 | 8 | 16 | undefined;
  /**
   * Refreshes that each shard starts per second, of connections whose tokens are in DynamoDB. Above 25, the
   * function gets 1 GB of memory. From 1 to 50.
   *
   * @default - 20 in a fleet
   */
  readonly fleetRefreshesPerSecond?: number | undefined;
  /**
   * Days to keep the logs; one of the values that CloudWatch Logs allows.
   *
   * @default 30
   */
  readonly logRetentionDays?: number;
  /**
   * Which connections have CloudWatch metrics of their own: `declared`, or `all`. Each connection whose consumers
   * call Zoho costs $0.30 a month for the metric `Unauthorized` alone. Connections that were added at run time are
   * counted in the metrics of the whole deployment, whatever is chosen.
   *
   * @default 'declared'
   */
  readonly metricsPerConnection?: 'declared' | 'all';
  /**
   * Whether the refresher emits two metrics that no alarm watches: `RefreshSucceeded`, of the deployment and of
   * each declared connection, and `SoonestExpirySeconds`. Each costs $0.30 a month. They are for dashboards and
   * alarms of your own. With `dashboard` they are always emitted.
   *
   * @default false
   */
  readonly routineMetrics?: boolean;
  /**
   * Creates a CloudWatch dashboard, which costs $3.00 a month (the first three of an account are free), and emits
   * the metrics of `routineMetrics`, which it shows. Neither the alarms nor `zoho-tokens status` need it.
   *
   * @default false
   */
  readonly dashboard?: boolean;
  /**
   * UnauthorizedSpike goes off when more than this percentage of API calls in 5 minutes got a 401. With 100 it
   * never does. From 0.01 to 100.
   *
   * @default 0.5
   */
  readonly unauthorizedRatePercent?: number;
  /**
   * UnauthorizedSpike does not go off below this number of 401s in 5 minutes. From 1 to 1000.
   *
   * @default 3
   */
  readonly unauthorizedMinimumCount?: number;
  /**
   * Alarms that are not created, by name: `RefreshFailing`, `UnauthorizedSpike-crm-prod` for the one of a
   * connection, `ShardSilent-0` for the one of a shard. Without RefresherSilent, the composite alarm `page` and
   * RefresherStarted are not created either.
   *
   * @default - none
   */
  readonly disabledAlarms?: readonly string[];
  /**
   * Every alarm and notification links to its runbook, for example `<runbookBaseUrl>/RefreshFailing.md`.
   *
   * @default - this project's runbooks on GitHub
   */
  readonly runbookBaseUrl?: string;
  /**
   * State changes of connections that are put on the default event bus of EventBridge: `refused`, `blocked`,
   * `recovered`, `refreshed`. An empty list puts none, and removes the permission.
   *
   * @default ['blocked', 'recovered']
   */
  readonly stateChangeEvents?: readonly ConnectionState[];
  /**
   * Whether a refresh token that Zoho sends with a new access token replaces the one in the credentials secret.
   * Zoho sends none today. If `true`, the refresher may write the credentials secrets. Credentials that an
   * operator stores meanwhile always count. See docs/deploying.md.
   *
   * @default false
   */
  readonly acceptRotatedRefreshTokens?: boolean;
  /**
   * Architecture of the functions: `arm64` or `x86_64`.
   *
   * @default 'arm64'
   */
  readonly architecture?: 'arm64' | 'x86_64';
  /**
   * Memory of each function. Lambda gives it CPU in proportion. From 128 to 10240.
   *
   * @default 512
   */
  readonly memoryMegabytes?: number;
  /**
   * Executions of the refresher that no other function can use, and that it cannot exceed. From 3 to 1000; 10 is
   * enough for most. An account with a limit of 10 executions, as new accounts have, cannot reserve any. It does
   * not limit refreshes: the lease does. See docs/deploying.md.
   *
   * @default - none
   */
  readonly reservedConcurrency?: number | undefined;
  /**
   * Protects the stack from deletion (in an app of your own, only the table). Turn it on after the first
   * successful deployment: before, it prevents that a failed one is rolled back and repeated.
   *
   * @default false
   */
  readonly terminationProtection?: boolean;
  /**
   * What happens to the table and the key when the stack is deleted: `retain`, or `destroy` for throw-away stacks.
   * Credentials are not part of the stack. Before you destroy it, delete them with `zoho-tokens delete-secrets`:
   * without the key no one can read them.
   *
   * @default 'retain'
   */
  readonly removalPolicy?: 'retain' | 'destroy';
  /**
   * During a move from another prefix: the `secretPrefix` of the old deployment and the ARN of its key (`keyArn`),
   * whose tokens may be republished. Remove it when the move is finished: see docs/upgrading.md.
   *
   * @default - none
   */
  readonly follow?: ZohoFollowOptions | undefined;
  /**
   * Pages on which people without AWS access authorize connections: administrators by a link, customers of a
   * platform by its backend. Absent, nothing of them is deployed. See docs/platforms.md.
   *
   * @default - none
   */
  readonly consent?: ZohoConsentOptions | undefined;
  /**
   * Name of a declared connection: deploys an example Lambda function that uses it. The function calls Zoho
   * whenever it is invoked; nothing invokes it by itself.
   *
   * @default - none
   */
  readonly exampleConsumer?: string | undefined;
}
