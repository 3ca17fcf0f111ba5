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
  sealedRefresh: { updates: 2, puts: 1, gets: 1, keyCalls: 2 },
};
/**
 * Write units of the two updates of a refresh, for a row of up to 1 KB: the row each time, two in the index `due` each time, because its
 * sort key changes, and two in `expiry` at the second. Source: DynamoDB Developer Guide, "Provisioned throughput considerations for GSIs".
 */
const WRITE_UNITS_OF_A_REFRESH = 8;
/**
 * KMS requests of a refresh: Secrets Manager decrypts the credentials, and generates and decrypts a data key for the token. Source: Secrets
 * Manager User Guide, "Secret encryption and decryption".
 */
const KEY_CALLS_OF_A_REFRESH = 3;
/** Assumed, not measured in AWS: GB-seconds with 512 MB, if an idle tick takes 100 ms and a refresh a second. */
const SECONDS = { tick: 0.1, refresh: 1 };
const MEMORY_GB = 0.5;
/** Assumed: 0.3 KB of a tick are the line of metrics, which a test measures; the rest are Lambda's own three lines. A refresh has one line. */
const LOG_KB = { tick: 1, refresh: 1 };

/** What a deployment of one connection by default uses, and of more or with other settings. */
export function monthlyUse({
  declared = 1,
  atRunTime = 0,
  ...settings
}: Pick<ZohoTokenRefresherProps, 'consent' | 'dashboard' | 'routineMetrics'> & {
  readonly declared?: number;
  readonly atRunTime?: number;
} = {}): MonthlyUse {
  const connection = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;
  const names = Array.from({ length: declared }, (_, index) => `crm-${index}`);
  const connections = Object.fromEntries(names.map((name) => [name, connection]));
  const template = Template.fromStack(createStack({ ...settings, connections }));
  const refreshes = REFRESHES * (declared + atRunTime);
  const none = Object.fromEntries(Object.keys(PRICES).map((name) => [name, 0])) as Record<PriceName, number>;
  return {
    ...none,
    ...ofTemplate(template, declared),
    // The stack creates the token secrets of declared connections, `zoho-tokens` all others.
    secret: countOf(template, 'AWS::SecretsManager::Secret') + declared + 2 * atRunTime,
    customMetric: customMetrics(settings, declared),
    secretCall: refreshes * CALLS.refresh.secretCalls + refreshes,
    keyCall: refreshes * KEY_CALLS_OF_A_REFRESH + refreshes,
    tableWrite: refreshes * WRITE_UNITS_OF_A_REFRESH,
    tableRead:
      TICKS * CALLS.tick.queries + (TICKS / 5) * (CALLS.reconciliation.queries + CALLS.reconciliation.gets),
    ...ofInvocations(invocationsOf(template), refreshes),
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

/** Of all schedules: once a minute the refresher, and with the setting `consent` every five minutes the sweep. */
function invocationsOf(template: Template): number {
  const expressions = Object.values(template.findResources('AWS::Scheduler::Schedule')).map(
    ({ Properties }) => String(Properties.ScheduleExpression),
  );
  if (expressions.length === 0) throw new Error('The stack has no schedule.');
  return expressions.reduce((sum, expression) => {
    const [, minutes] = /^rate\((\d+) minutes?\)$/.exec(expression) ?? [];
    if (minutes === undefined) throw new Error(`${expression} is not a rate in minutes.`);
    return sum + TICKS / Number(minutes);
  }, 0);
}

function ofInvocations(invocations: number, refreshes: number) {
  return {
    scheduledInvocation: invocations,
    invocation: invocations,
    trace: invocations,
    computeSecond: MEMORY_GB * (invocations * SECONDS.tick + refreshes * SECONDS.refresh),
    logIngestion: (invocations * LOG_KB.tick + refreshes * LOG_KB.refresh) / 1_000_000,
  };
}

function customMetrics(
  { consent, dashboard = false, routineMetrics = false }: Parameters<typeof monthlyUse>[0] & object,
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
