import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../lambdas/core/connection/state-change.ts';
import type { MetricName } from '../lambdas/core/metrics.ts';
import { alarmTopics } from './alarms/alarm-topic.ts';
import { RefresherAlarms } from './alarms/alarms.ts';
import { ZohoConnection } from './connection.ts';
import { createConnectionsTable } from './connections-table.ts';
import { grantInvoke } from './consumer-grants.ts';
import { createDashboard } from './dashboard.ts';
import { DeploymentAddress } from './deployment-address.ts';
import { deploymentNames } from './deployment-names.ts';
import { createEncryptionKey } from './encryption-key.ts';
import { createExampleConsumer } from './example-consumer.ts';
import { checkResources, divideOptions } from './existing-resources.ts';
import { saveLogQueries } from './log-queries.ts';
import { refresherMetric } from './metrics.ts';
import { createRefresherDoors } from './refresher-doors.ts';
import { createRefresherFunction } from './refresher-function.ts';
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
 * There can be one deployment per `secretPrefix` in an account and region, in any stacks.
 */
export class ZohoTokenRefresher extends Construct {
  /** Prefix of all secret names. */
  readonly secretPrefix: string;
  /** Notified by every single alarm: for mail and chat. */
  readonly alarmTopic: ITopic;
  /** Notified once when something needs attention now, and once when it is over: for your paging service. */
  readonly pageTopic: ITopic;
  /** The same for what can wait until the next working day: for your ticket system. */
  readonly ticketTopic: ITopic;
  /** Key of the secrets. */
  readonly encryptionKey: IKey;
  /** The function that refreshes tokens, every minute and on request. */
  readonly refresher: LambdaFunction;
  /** Its schedule, with the dead-letter queue. */
  readonly schedule: RefreshSchedule;
  /** The registry of connections. */
  readonly table: Table;
  /** The example consumer, if one is configured. */
  readonly exampleConsumer: IFunction | undefined;

  /** What consumers invoke to request a refresh. */
  readonly #consumerTarget: IFunction;
  readonly #connections: ReadonlyMap<string, ZohoConnection>;

  /** Throws `InvalidSettingsError` with every problem of `props`. */
  constructor(scope: Construct, id: string, props: ZohoTokenRefresherProps = {}) {
    super(scope, id);
    const { resources, settings: options } = divideOptions(props);
    const settings = parseSettings(options);
    checkResources(resources, settings);
    const address = new DeploymentAddress(this, 'Address', settings);
    // Including resources that are added later, such as rules.
    this.node.addDependency(address.deployment);
    const names = deploymentNames(this, settings.secretPrefix);
    const encryptionKey =
      resources.encryptionKey ?? createEncryptionKey(this, 'Key', { ...settings, alias: names.keyAlias });
    const table = createConnectionsTable(this, 'Connections', settings);
    const { topic, topicOf } = alarmTopics(this, { resources, settings, encryptionKey });
    const refresher = createRefresherFunction(this, 'Refresher', {
      settings,
      table,
      encryptionKey,
      network: resources,
      topicOf,
    });
    const doors = createRefresherDoors(this, refresher);
    this.schedule = new RefreshSchedule(this, 'Schedule', { refresher, door: doors.schedule });
    const { alarms, list } = new RefresherAlarms(this, 'Alarms', {
      ...settings,
      namePrefix: names.alarmPrefix,
      refresher,
      scheduleDoor: doors.schedule,
      undelivered: this.schedule.undelivered,
      topic,
      topicOf,
    });
    createDashboard(this, 'Dashboard', {
      ...settings,
      dashboardName: names.dashboard,
      refresher,
      logGroup: refresher.logGroup,
      undelivered: this.schedule.undelivered,
      alarms,
    });
    saveLogQueries(this, 'LogQuery', { folder: names.queryFolder, logGroup: refresher.logGroup });
    address.publish({
      function: refresher.functionArn,
      'consumer-target': doors.consumers.functionArn,
      'operator-target': doors.operators.functionArn,
      table: table.tableName,
      key: encryptionKey.keyArn,
      'alarm-topic': topic.topicArn,
      'page-topic': topicOf.page.topicArn,
      'ticket-topic': topicOf.ticket.topicArn,
      schedule: this.schedule.scheduleName,
      queue: this.schedule.undelivered.queueUrl,
      alarms: list,
    });

    this.secretPrefix = settings.secretPrefix;
    this.alarmTopic = topic;
    this.pageTopic = topicOf.page;
    this.ticketTopic = topicOf.ticket;
    this.encryptionKey = encryptionKey;
    this.refresher = refresher;
    this.#consumerTarget = doors.consumers;
    this.table = table;
    this.#connections = new Map(
      Object.entries(settings.connections).map(([connectionName, connection]) => {
        const { secretPrefix } = settings;
        const connectionProps = {
          connectionName,
          settings: connection,
          secretPrefix,
          encryptionKey,
          consumerTarget: doors.consumers,
          refresher,
        };
        return [connectionName, new ZohoConnection(this, `Connection-${connectionName}`, connectionProps)];
      }),
    );
    this.exampleConsumer = this.#createExampleConsumer(settings);
  }

  /** A declared connection. Throws for other names, because only declared connections have secrets in this stack. */
  connection(name: string): ZohoConnection {
    const connection = this.#connections.get(name);
    if (connection === undefined) {
      const declared = [...this.#connections.keys()].join(', ') || 'none';
      throw new Error(`No connection "${name}" is declared. Declared: ${declared}.`);
    }
    return connection;
  }

  /** Allows `grantee` to request a new token of any connection from the refresher. */
  grantRequestRefresh(grantee: IGrantable): Grant {
    return grantInvoke({ door: this.#consumerTarget, refresher: this.refresher }, grantee);
  }

  /**
   * A rule on the account's default event bus for state changes of this deployment's connections. Only those in
   * `stateChangeEvents` are put there, once each and best effort: rely on the alarms.
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
   * Any metric, over all connections.
   *
   * @default - per minute: sum, or minimum for a gauge
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

  /** Responses of Zoho that mean "too many requests". */
  metricThrottled(options?: MetricOptions): Metric {
    return this.metric('Throttled', options);
  }

  /** Refreshes rejected because the mint or publish budget of a connection was used up. */
  metricBudgetExhausted(options?: MetricOptions): Metric {
    return this.metric('BudgetExhausted', options);
  }

  /** Complaints of consumers that are declined, because they reject tokens that Zoho has just issued. */
  metricComplaintsDeclined(options?: MetricOptions): Metric {
    return this.metric('ComplaintsDeclined', options);
  }

  /** Blocked connections: each is counted at once, then every 5 minutes. */
  metricBlocked(options?: MetricOptions): Metric {
    return this.metric('Blocked', options);
  }

  /** Notifications about connections that could not be published. Each is published again with the next tick. */
  metricNotificationFailed(options?: MetricOptions): Metric {
    return this.metric('NotificationFailed', options);
  }

  /** Refreshes for which Zoho did not grant every declared scope. */
  metricScopeDrift(options?: MetricOptions): Metric {
    return this.metric('ScopeDrift', options);
  }

  /** Responses of Zoho that are not as it documents, e.g. with a new refresh token that is not stored. */
  metricContractChanged(options?: MetricOptions): Metric {
    return this.metric('ContractChanged', options);
  }

  /**
   * API calls that got a 401. The statistic `Average` of the same metric is the rate of 401s, `SampleCount` the number of
   * calls.
   */
  metricUnauthorized(options?: MetricOptions): Metric {
    return this.metric('Unauthorized', options);
  }

  /** Seconds to the next token expiry. */
  metricSoonestExpirySeconds(options?: MetricOptions): Metric {
    return this.metric('SoonestExpirySeconds', options);
  }

  #createExampleConsumer(settings: Settings): IFunction | undefined {
    if (settings.exampleConsumer === undefined) return undefined;
    const connection = this.connection(settings.exampleConsumer);
    return createExampleConsumer(this, 'ExampleConsumer', { connection, settings });
  }
}
