import { Template } from 'aws-cdk-lib/assertions';
import { PRICES, type PriceName } from '../../cli/reports/aws-prices.ts';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { createStack } from '../infra/synthesize.ts';

/** Units that a deployment uses in a month of 730 hours, by price. */
export type MonthlyUse = Readonly<Record<PriceName, number>>;

/** The metrics that a healthy deployment with consumers emits all the time, by set of dimensions. CloudWatch charges for each set. */
export const METRICS_OF_A_HEALTHY_HOUR = {
  fleet: ['Heartbeat', 'FleetExpirySeconds', 'Unauthorized'],
  connection: ['Unauthorized'],
};
/** The same with the setting `routineMetrics` or `dashboard`, in addition. */
export const ROUTINE_METRICS_OF_AN_HOUR = {
  fleet: ['RefreshSucceeded', 'SoonestExpirySeconds'],
  connection: ['RefreshSucceeded'],
};
/** At most: in months in which consents end in every hour. */
const METRICS_OF_CONSENTS = 2;

const HOURS = 730;
const TICKS = 60 * HOURS;
/** A token of an hour is replaced after 53 minutes, and a connection has so many refreshes in a month. */
const REFRESHES = TICKS / 53;

/**
 * Calls of AWS in a tick without anything due, in a reconciliation every five minutes, and in a refresh, whose token is in Secrets
 * Manager or in the second store. A test counts them in the sandbox.
 */
export const CALLS = {
  tick: { queries: 2 },
  reconciliation: { queries: 1, gets: 1 },
  refresh: { updates: 2, secretCalls: 3 },
  /** Of all shards of a fleet together, in a minute. */
  shards: { queries: 35 },
  sealedRefresh: { updates: 2, puts: 1, gets: 1, keyCalls: 2 },
};
/** Read units of a query of an index, which is eventually consistent, and of reading an item. Source: DynamoDB Developer Guide, "Read consumption". */
const READ_UNITS = { query: 0.5, get: 1 };
/**
 * Write units of the two updates of a refresh, for a row of up to 1 KB: the row each time, two in the index `due` each time, because its
 * sort key changes, and two in `expiry` at the second. Source: DynamoDB Developer Guide, "Provisioned throughput considerations for GSIs".
 */
const WRITE_UNITS = { refresh: 8, sealedToken: 1 };
/**
 * KMS requests of a refresh: Secrets Manager decrypts the credentials, and generates and decrypts a data key for the token. Source: Secrets
 * Manager User Guide, "Secret encryption and decryption".
 */
const KEY_CALLS_OF_A_REFRESH = 3;
/** Assumed, not measured in AWS: an idle tick takes 100 ms and a refresh a second; in a fleet, twenty run at the same time. */
const SECONDS = { tick: 0.1, refresh: 1, sealedRefresh: 1 / 20 };
const MEMORY_GB = 0.5;
/** Assumed: 0.3 KB of a tick are the line of metrics, which a test measures; the rest are Lambda's own three lines. A refresh has one line. */
const LOG_KB = { tick: 1, refresh: 1 };

type CostlySettings = Pick<
  ZohoTokenRefresherProps,
  'connectedStore' | 'consent' | 'dashboard' | 'fleetShards' | 'routineMetrics'
>;

/** What a deployment of one connection by default uses, and of more or with other settings. */
export function monthlyUse({
  declared = 1,
  atRunTime = 0,
  sealed = 0,
  ...settings
}: CostlySettings & {
  readonly declared?: number;
  /** Connections that were added at run time, in Secrets Manager. */
  readonly atRunTime?: number;
  /** The same in the second store, which needs `connectedStore: 'dynamodb'`. */
  readonly sealed?: number;
} = {}): MonthlyUse {
  const connection = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;
  const names = Array.from({ length: declared }, (_, index) => `crm-${index}`);
  const connections = Object.fromEntries(names.map((name) => [name, connection]));
  const template = Template.fromStack(createStack({ ...settings, connections }));
  const schedules = readSchedules(template);
  const refreshes = { ofSecrets: REFRESHES * (declared + atRunTime), sealed: REFRESHES * sealed };
  const none = Object.fromEntries(Object.keys(PRICES).map((name) => [name, 0])) as Record<PriceName, number>;
  return {
    ...none,
    ...ofTemplate(template, declared),
    // The stack creates the token secrets of declared connections, `zoho-tokens` all others.
    secret: countOf(template, 'AWS::SecretsManager::Secret') + declared + 2 * atRunTime,
    customMetric: customMetrics(settings, declared) + schedules.shards,
    ...ofCalls(refreshes, schedules.shards > 0),
    ...ofInvocations(schedules.invocations, refreshes),
  };
}

/** Refreshes in a month, by where the token is stored. */
interface Refreshes {
  readonly ofSecrets: number;
  readonly sealed: number;
}

/** Calls of the refresher, and of one process of a consumer for each connection, which reads each token once. */
function ofCalls({ ofSecrets, sealed }: Refreshes, hasShards: boolean) {
  const { tick, reconciliation, refresh, shards, sealedRefresh } = CALLS;
  const queries = TICKS * (tick.queries + reconciliation.queries / 5 + (hasShards ? shards.queries : 0));
  const gets = (TICKS / 5) * reconciliation.gets + sealed * (sealedRefresh.gets + 1);
  return {
    secretCall: ofSecrets * (refresh.secretCalls + 1),
    keyCall: ofSecrets * (KEY_CALLS_OF_A_REFRESH + 1) + sealed * (sealedRefresh.keyCalls + 1),
    tableWrite: (ofSecrets + sealed) * WRITE_UNITS.refresh + sealed * WRITE_UNITS.sealedToken,
    tableRead: queries * READ_UNITS.query + gets * READ_UNITS.get,
  };
}

function ofTemplate(template: Template, declared: number) {
  const alarmMetrics = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties: { Metrics = [{ MetricStat: {} }] } }) =>
      (Metrics as { MetricStat?: object }[]).filter(({ MetricStat }) => MetricStat !== undefined).length,
  );
  if (declared > 0 && alarmMetrics.length === 0) throw new Error('The stack has no alarms.');
  return {
    key: countOf(template, 'AWS::KMS::Key'),
    alarmMetric: alarmMetrics.reduce((sum, count) => sum + count, 0),
    compositeAlarm: countOf(template, 'AWS::CloudWatch::CompositeAlarm'),
    dashboard: countOf(template, 'AWS::CloudWatch::Dashboard'),
  };
}

/** Of the refresher once a minute, of each shard as well, and with the setting `consent` of the sweep every five minutes. */
function readSchedules(template: Template): { readonly invocations: number; readonly shards: number } {
  const schedules = Object.values(template.findResources('AWS::Scheduler::Schedule')).map(
    ({ Properties }) => ({
      expression: String(Properties.ScheduleExpression),
      isShard: JSON.stringify(Properties.Target.Input).includes('shard'),
    }),
  );
  if (schedules.length === 0) throw new Error('The stack has no schedule.');
  const invocations = schedules.reduce((sum, { expression }) => {
    const [, minutes] = /^rate\((\d+) minutes?\)$/.exec(expression) ?? [];
    if (minutes === undefined) throw new Error(`${expression} is not a rate in minutes.`);
    return sum + TICKS / Number(minutes);
  }, 0);
  return { invocations, shards: schedules.filter(({ isShard }) => isShard).length };
}

function ofInvocations(invocations: number, { ofSecrets, sealed }: Refreshes) {
  const seconds = invocations * SECONDS.tick + ofSecrets * SECONDS.refresh + sealed * SECONDS.sealedRefresh;
  return {
    scheduledInvocation: invocations,
    invocation: invocations,
    trace: invocations,
    computeSecond: MEMORY_GB * seconds,
    logIngestion: (invocations * LOG_KB.tick + (ofSecrets + sealed) * LOG_KB.refresh) / 1_000_000,
  };
}

function customMetrics(
  { consent, dashboard = false, routineMetrics = false }: CostlySettings,
  declared: number,
): number {
  const sets = [
    METRICS_OF_A_HEALTHY_HOUR,
    ...(dashboard || routineMetrics ? [ROUTINE_METRICS_OF_AN_HOUR] : []),
  ];
  const emitted = sets.map(({ fleet, connection }) => fleet.length + declared * connection.length);
  return emitted.reduce((sum, count) => sum + count, consent === undefined ? 0 : METRICS_OF_CONSENTS);
}

function countOf(template: Template, type: string): number {
  return Object.keys(template.findResources(type)).length;
}
