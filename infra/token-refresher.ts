import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../lambdas/core/connection/state-change.ts';
import type { MetricName } from '../lambdas/core/metrics.ts';
import { createAlarmTopic } from './alarms/alarm-topic.ts';
import { RefresherAlarms } from './alarms/alarms.ts';
import { ZohoConnection } from './connection.ts';
import { createConnectionsTable } from './connections-table.ts';
import { createDashboard } from './dashboard.ts';
import { createEncryptionKey } from './encryption-key.ts';
import { createExampleConsumer } from './example-consumer.ts';
import { saveLogQueries } from './log-queries.ts';
import { refresherMetric } from './metrics.ts';
import { createRefresherFunction, grantRequestRefresh } from './refresher-function.ts';
import { RefreshSchedule } from './schedule.ts';
import { parseSettings } from './settings/parse-settings.ts';
import type { Settings } from './settings/settings.ts';
import type { ZohoTokenRefresherProps } from './token-refresher-props.ts';

/**
 * Keeps one valid Zoho access token per connection in Secrets Manager.
 *
 * ```ts
 * const zoho = new ZohoTokenRefresher(this, 'Zoho', {
 *   connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
 * });
 * zoho.connection('crm-prod').attachTo(fn);
 * ```
 *
 * One to a stack: alarms and key alias are named after the stack.
 */
export class ZohoTokenRefresher extends Construct {
  /** Prefix of all secrets' names. */
  readonly secretPrefix: string;
  /** Notified by every alarm, by its name: for mail and chat. */
  readonly alarmTopic: ITopic;
  /** Notified once when anything is wrong that cannot wait: for whatever wakes people up. */
  readonly pageTopic: ITopic;
  /** Notified once when anything is wrong that can wait for the next working day. */
  readonly ticketTopic: ITopic;
  /** Encrypts secrets and alarm notifications. */
  readonly encryptionKey: IKey;
  /** The function that refreshes tokens, every minute and when asked to. */
  readonly refresher: IFunction;
  /** The tick that runs it, and its dead-letter queue. */
  readonly schedule: RefreshSchedule;
  /** The registry of connections. */
  readonly table: Table;
  /** The example of a consumer, where one is asked for. */
  readonly exampleConsumer: IFunction | undefined;

  readonly #connections: ReadonlyMap<string, ZohoConnection>;

  /** Throws `InvalidSettingsError` with every fault of `props` listed. */
  constructor(scope: Construct, id: string, props: ZohoTokenRefresherProps = {}) {
    super(scope, id);
    const settings = parseSettings(props);
    const encryptionKey = createEncryptionKey(this, 'Key');
    const table = createConnectionsTable(this, 'Connections');
    const refresher = createRefresherFunction(this, 'Refresher', { settings, table, encryptionKey });
    this.schedule = new RefreshSchedule(this, 'Schedule', { refresher });
    const createTopic = (topicId: string, what: string, emails: readonly string[]) =>
      createAlarmTopic(this, topicId, { displayName: `Zoho Token Refresher ${what}`, encryptionKey, emails });
    const topic = createTopic('AlarmTopic', 'alarms', settings.alarmEmails);
    const page = createTopic('PageTopic', 'page', settings.pageEmails);
    const ticket = createTopic('TicketTopic', 'ticket', settings.ticketEmails);
    const { alarms } = new RefresherAlarms(this, 'Alarms', {
      ...settings,
      connectionNames: Object.keys(settings.connections),
      refresher,
      undelivered: this.schedule.undelivered,
      topic,
      topicOf: { page, ticket },
    });
    createDashboard(this, 'Dashboard', {
      ...settings,
      refresher,
      logGroup: refresher.logGroup,
      undelivered: this.schedule.undelivered,
      alarms,
    });
    saveLogQueries(this, 'LogQuery', refresher.logGroup);

    this.secretPrefix = settings.secretPrefix;
    this.alarmTopic = topic;
    this.pageTopic = page;
    this.ticketTopic = ticket;
    this.encryptionKey = encryptionKey;
    this.refresher = refresher;
    this.table = table;
    this.#connections = new Map(
      Object.entries(settings.connections).map(([connectionName, connection]) => {
        const { secretPrefix } = settings;
        const connectionProps = {
          connectionName,
          settings: connection,
          secretPrefix,
          encryptionKey,
          refresher,
        };
        return [connectionName, new ZohoConnection(this, `Connection-${connectionName}`, connectionProps)];
      }),
    );
    this.exampleConsumer = this.#createExampleConsumer(settings);
  }

  /** A declared connection. Throws for any other name, since only declared ones have secrets in this stack. */
  connection(name: string): ZohoConnection {
    const connection = this.#connections.get(name);
    if (connection === undefined) {
      const declared = [...this.#connections.keys()].join(', ') || 'none';
      throw new Error(`No connection "${name}" is declared. Declared: ${declared}.`);
    }
    return connection;
  }

  /** Lets `grantee` ask the refresher for a new token of any connection. */
  grantRequestRefresh(grantee: IGrantable): Grant {
    return grantRequestRefresh(this.refresher, grantee);
  }

  /**
   * A rule on the account's default event bus for what happens to connections of this deployment. Those of
   * `stateChangeEvents` are announced, any of them once, and best effort: alarms are what is relied on.
   *
   * ```ts
   * zoho.onStateChange('OpenIncident', { target: new LambdaFunction(fn), eventPattern: { detail: { state: ['blocked'] } } });
   * ```
   */
  onStateChange(id: string, options: OnEventOptions = {}): Rule {
    const { target, eventPattern, ...ruleProps } = options;
    const rule = new Rule(this, id, ruleProps);
    rule.addEventPattern({
      source: [EVENT_SOURCE],
      detailType: [EVENT_DETAIL_TYPE],
      detail: { secret_prefix: [this.secretPrefix] },
    });
    if (eventPattern !== undefined) rule.addEventPattern(eventPattern);
    if (target !== undefined) rule.addTarget(target);
    return rule;
  }

  /**
   * Any metric of the refresher, over all connections.
   *
   * @default - per minute: sum, or minimum of a gauge
   */
  metric(name: MetricName, options?: MetricOptions): Metric {
    return refresherMetric(this.secretPrefix, name, options);
  }

  /** 1 at the end of every completed run. */
  metricHeartbeat(options?: MetricOptions): Metric {
    return this.metric('Heartbeat', options);
  }

  /** New tokens published. */
  metricRefreshSucceeded(options?: MetricOptions): Metric {
    return this.metric('RefreshSucceeded', options);
  }

  /** Attempts that failed for a reason that is expected to pass. */
  metricRefreshFailed(options?: MetricOptions): Metric {
    return this.metric('RefreshFailed', options);
  }

  /** Answers of Zoho that say "too many requests". */
  metricThrottled(options?: MetricOptions): Metric {
    return this.metric('Throttled', options);
  }

  /** Refreshes refused because our own mint or publish budget was used up. */
  metricBudgetExhausted(options?: MetricOptions): Metric {
    return this.metric('BudgetExhausted', options);
  }

  /** 1 per blocked connection whenever it is found blocked: at once, then every 5 minutes. */
  metricBlocked(options?: MetricOptions): Metric {
    return this.metric('Blocked', options);
  }

  /** Refreshes whose granted scopes lack a declared one. */
  metricScopeDrift(options?: MetricOptions): Metric {
    return this.metric('ScopeDrift', options);
  }

  /**
   * Calls of Zoho's APIs that were answered with 401. Of the same metric, the statistic `Average` is the rate of 401s and
   * `SampleCount` the number of calls.
   */
  metricUnauthorized(options?: MetricOptions): Metric {
    return this.metric('Unauthorized', options);
  }

  /** Seconds until the token nearest to its expiry runs out. */
  metricSoonestExpirySeconds(options?: MetricOptions): Metric {
    return this.metric('SoonestExpirySeconds', options);
  }

  #createExampleConsumer({ exampleConsumer, logRetentionDays }: Settings): IFunction | undefined {
    if (exampleConsumer === undefined) return undefined;
    const connection = this.connection(exampleConsumer);
    return createExampleConsumer(this, 'ExampleConsumer', { connection, logRetentionDays });
  }
}
