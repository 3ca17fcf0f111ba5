import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { EVENT_DETAIL_TYPE } from '../lambdas/core/connection/state-change.ts';
import { CONSENT_DETAIL_TYPE } from '../lambdas/core/invites/consent-event.ts';
import { alarmTopics } from './alarms/alarm-topic.ts';
import { RefresherAlarms } from './alarms/alarms.ts';
import type { ZohoConnection } from './connection.ts';
import { createConnectionsTable } from './connections-table.ts';
import type { IZohoConsent } from './consent/consent-interface.ts';
import { consentWidgets } from './consent/consent-widget.ts';
import { ZohoConsent } from './consent/zoho-consent.ts';
import { grantInvoke } from './consumer-grants.ts';
import { createDashboard } from './dashboard.ts';
import { createConnections, type DeclaredConnections, findConnection } from './declared-connections.ts';
import { DeploymentAddress } from './deployment-address.ts';
import { deploymentNames } from './deployment-names.ts';
import { createEncryptionKey } from './encryption-key.ts';
import { createEventRule } from './event-rule.ts';
import { createExampleConsumer } from './example-consumer.ts';
import { checkResources, divideOptions } from './existing-resources.ts';
import { fleetAddress } from './fleet/fleet-address.ts';
import { fleetSettings } from './fleet/fleet-settings.ts';
import { createSealedTables } from './fleet/sealed-tables.ts';
import { saveLogQueries } from './log-queries.ts';
import { MeasuredRefresher } from './measured-refresher.ts';
import { createRefresherDoors } from './refresher-doors.ts';
import { createRefresherFunction } from './refresher-function.ts';
import { allConnections, runTimeConnection, type TokenSource } from './run-time-connections.ts';
import { RefreshSchedule } from './schedule.ts';
import { parseSettings } from './settings/parse-settings.ts';
import type { ZohoTokenRefresherProps } from './token-refresher-props.ts';
import type { IZohoConnection, IZohoConnections } from './zoho-connection-interface.ts';

/**
 * Keeps one valid Zoho access token per connection in Secrets Manager.
 *
 * ```ts
 * const zoho = new ZohoTokenRefresher(this, 'Zoho', {
 *   connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.leads.READ'] } },
 * });
 * zoho.connection('crm-prod').attachTo(fn);
 * ```
 *
 * There can be one deployment per `secretPrefix` in an account and region, in any stacks.
 */
export class ZohoTokenRefresher extends MeasuredRefresher {
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
  /** The access tokens of the second store; undefined without a fleet. */
  readonly tokensTable: Table | undefined;
  /** The credentials of the second store; undefined without a fleet. */
  readonly credentialsTable: Table | undefined;
  /** The pages for invites; undefined without the setting `consent`. */
  readonly consent: IZohoConsent | undefined;
  /** The example consumer, if one is configured. */
  readonly exampleConsumer: IFunction | undefined;

  /** What consumers invoke to request a refresh. */
  readonly #consumerTarget: IFunction;
  readonly #consent: ZohoConsent | undefined;
  readonly #tokenSource: TokenSource;
  readonly #connections: DeclaredConnections;

  /** Throws `InvalidSettingsError` with every problem of `props`. */
  constructor(scope: Construct, id: string, props: ZohoTokenRefresherProps = {}) {
    const { resources, settings: options } = divideOptions(props);
    const settings = parseSettings(options, new.target);
    checkResources(resources, settings);
    super(scope, id, settings.secretPrefix);
    const address = new DeploymentAddress(this, 'Address', settings);
    // Including resources that are added later, such as rules.
    this.node.addDependency(address.deployment);
    const names = deploymentNames(this, settings.secretPrefix);
    const encryptionKey =
      resources.encryptionKey ?? createEncryptionKey(this, 'Key', { ...settings, alias: names.keyAlias });
    const table = createConnectionsTable(this, 'Connections', settings);
    const fleet = fleetSettings(settings);
    const sealedTables = fleet && createSealedTables(this, settings);
    const { topic, topicOf } = alarmTopics(this, { resources, settings, encryptionKey });
    const refresher = createRefresherFunction(this, 'Refresher', {
      settings,
      ...{ table, encryptionKey, sealedTables },
      network: resources,
      topicOf,
    });
    const doors = createRefresherDoors(this, refresher);
    this.schedule = new RefreshSchedule(this, 'Schedule', {
      refresher,
      door: doors.schedule,
      shards: fleet?.shards,
    });
    const { undelivered } = this.schedule;
    const operatorTarget = doors.operators;
    const consent =
      settings.consent &&
      new ZohoConsent(this, 'Consent', {
        ...{ settings, encryptionKey, sealedTables, operatorTarget, undelivered },
        connections: table,
        consent: settings.consent,
      });
    const { alarms, list } = new RefresherAlarms(this, 'Alarms', {
      ...settings,
      namePrefix: names.alarmPrefix,
      refresher,
      ...{ scheduleDoor: doors.schedule, shards: fleet?.shards ?? 0 },
      undelivered,
      topic,
      topicOf,
      consent: consent?.watched,
    });
    if (settings.dashboard)
      createDashboard(this, 'Dashboard', {
        ...settings,
        dashboardName: names.dashboard,
        refresher,
        logGroup: refresher.logGroup,
        undelivered,
        alarms,
        more: consent === undefined ? [] : consentWidgets(consent),
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
      queue: undelivered.queueUrl,
      alarms: list,
      ...consent?.address,
      ...(fleet && sealedTables && fleetAddress(fleet, sealedTables, this.schedule.shardScheduleNames)),
    });

    this.consent = consent;
    this.#consent = consent;
    this.alarmTopic = topic;
    this.pageTopic = topicOf.page;
    this.ticketTopic = topicOf.ticket;
    this.encryptionKey = encryptionKey;
    this.refresher = refresher;
    this.#consumerTarget = doors.consumers;
    this.table = table;
    this.tokensTable = sealedTables?.tokens;
    this.credentialsTable = sealedTables?.credentials;
    this.#tokenSource = {
      ...{ scope: this, secretPrefix: settings.secretPrefix, keyArn: encryptionKey.keyArn },
      tokensTable: sealedTables?.tokens,
      target: { door: doors.consumers, refresher },
    };
    this.#connections = createConnections(this, settings, {
      encryptionKey,
      consumerTarget: doors.consumers,
      refresher,
      tokensTableArn: sealedTables?.tokens.tableArn,
    });
    const { exampleConsumer: used } = settings;
    this.exampleConsumer =
      used === undefined
        ? undefined
        : createExampleConsumer(this, 'ExampleConsumer', { connection: this.connection(used), settings });
  }

  /** A declared connection. Throws for other names, because only declared connections have secrets in this stack. */
  connection(name: string): ZohoConnection {
    return findConnection(this.#connections, name);
  }

  /**
   * A connection that is added at run time, by its name. Its consumers can read its token in Secrets Manager, and in a fleet also in
   * DynamoDB. Throws for declared connections. `grantRead` throws for principals of other accounts.
   *
   * @example zoho.runTimeConnection('crm-acme').attachTo(fn);
   */
  runTimeConnection(name: string): IZohoConnection {
    if (this.#connections.has(name))
      throw new Error(`The connection "${name}" is declared. Use zoho.connection('${name}').`);
    return runTimeConnection(this.#tokenSource, name);
  }

  /**
   * Every connection, also those that are added later: for a backend that serves all customers, with `createZohoClients`. It can read
   * every access token, and no credentials.
   *
   * @example zoho.allConnections.attachTo(backendFunction);
   */
  get allConnections(): IZohoConnections {
    return allConnections(this.#tokenSource);
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
    return createEventRule(this, id, { ...options, detailType: EVENT_DETAIL_TYPE });
  }

  /**
   * Allows `grantee` to create, read, complete, reject and cancel invites, with `createZohoInvites` or by invoking the alias
   * `callers` of the function. A Lambda function also gets the environment variable of `createZohoInvites`. Throws without the
   * setting `consent`.
   *
   * ```ts
   * zoho.grantInvite(backendFunction);
   * ```
   */
  grantInvite(grantee: IGrantable): Grant {
    return this.#requireConsent('grantInvite').grantInvite(grantee);
  }

  /**
   * A rule on the account's default event bus for invites of this deployment: `invited`, `awaiting`, `authorized`, `declined`,
   * `failed`, `expired`, `cancelled`. Best effort. Throws without the setting `consent`.
   *
   * ```ts
   * zoho.onConsent('Connected', { target: new LambdaFunction(fn), eventPattern: { detail: { state: ['authorized'] } } });
   * ```
   */
  onConsent(id: string, options: OnEventOptions = {}): Rule {
    this.#requireConsent('onConsent');
    return createEventRule(this, id, { ...options, detailType: CONSENT_DETAIL_TYPE });
  }

  #requireConsent(method: string): ZohoConsent {
    if (this.#consent !== undefined) return this.#consent;
    throw new Error(
      `${method} needs the pages for invites, which are not configured. Add the setting consent: { displayName: 'Your product' }.`,
    );
  }
}
