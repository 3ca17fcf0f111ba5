import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  MathExpression,
  type Metric,
  PeriodOverride,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { MINT_BUDGET } from '../lambdas/core/connection/mint-budget.ts';
import {
  CONNECTION_DIMENSION,
  METRIC_NAMESPACE,
  type MetricName,
  SERVICE_DIMENSION,
} from '../lambdas/core/metrics.ts';
import { soonestExpiryThresholdSeconds } from './alarms/refresh-alarms.ts';
import { CompleteValueWidget } from './complete-value-widget.ts';
import { blockedNow, lastFailures } from './dashboard-log-tables.ts';
import { runbooksBeside } from './dashboard-runbooks.ts';
import { refresherMetric } from './metrics.ts';

export interface RefresherDashboardProps {
  readonly dashboardName: string;
  readonly secretPrefix: string;
  readonly refresher: IFunction;
  readonly logGroup: ILogGroup;
  readonly undelivered: IQueue;
  readonly alarms: readonly Alarm[];
  readonly runbookBaseUrl: string;
  readonly unauthorizedRatePercent: number;
  readonly refreshMarginSeconds: number;
  /** The last row. */
  readonly more: readonly IWidget[];
}

const WIDTH = 24;
const HALF = 12;
const THIRD = 8;
const ROW = 6;
/** So many names fit beside each other, if they are as long as `Stack-UnauthorizedSpike-crm-prod`. */
const ALARMS_A_ROW = 6;
const ALARM_COLOR = '#d62728';

/**
 * One page for the engineer on call: is anything wrong, then what, then why. It shows all connections together and the ten
 * worst ones, so it looks the same with one connection and with ten thousand.
 */
export function createDashboard(scope: Construct, id: string, props: RefresherDashboardProps): void {
  const dashboard = new Dashboard(scope, id, {
    dashboardName: props.dashboardName,
    defaultInterval: Duration.hours(3),
    periodOverride: PeriodOverride.INHERIT,
  });
  dashboard.addWidgets(howToRead(props));
  dashboard.addWidgets(...stateOfTheFleet(props));
  dashboard.addWidgets(blockedNow(props.logGroup));
  dashboard.addWidgets(
    new AlarmStatusWidget({
      title: 'Alarms',
      alarms: [...props.alarms],
      width: WIDTH,
      height: Math.max(4, 2 + Math.ceil(props.alarms.length / ALARMS_A_ROW)),
    }),
  );
  dashboard.addWidgets(refreshes(props), soonestExpiry(props));
  dashboard.addWidgets(unauthorizedRates(props), weights(props));
  dashboard.addWidgets(mintBudget(props), lambdaHealth(props), lambdaDuration(props));
  dashboard.addWidgets(lastFailures(props.logGroup), ...props.more);
}

function howToRead({ runbookBaseUrl, alarms }: RefresherDashboardProps): TextWidget {
  const ofAlarms = alarms.map((alarm) => alarm.node.id.split('-')[0] ?? '');
  const runbooks = runbooksBeside(ofAlarms)
    .map((name) => `[${name}](${runbookBaseUrl}/${name}.md)`)
    .join(' · ');
  return new TextWidget({
    markdown: `**Zoho Token Refresher** · \`zoho-tokens status\` lists the connections, \`zoho-tokens doctor NAME\` says what is wrong and how to fix it.\n\n${runbooks}`,
    width: WIDTH,
    height: 3,
  });
}

/** The numbers that show at a glance whether anything is wrong. */
function stateOfTheFleet(props: RefresherDashboardProps): CompleteValueWidget[] {
  const metricOf = metricsOf(props);
  const single = (title: string, metric: IMetric) =>
    new CompleteValueWidget({ title, metrics: [metric], width: 6, height: 3, setPeriodToTimeRange: false });
  const fiveMinutes = Duration.minutes(5);
  const halfAnHour = Duration.minutes(30);
  return [
    single(
      'Time until tokens expire',
      metricOf('FleetExpirySeconds', {
        label: `seconds (a declared one, or a share of the fleet), should be above ${soonestExpiryThresholdSeconds(props.refreshMarginSeconds)}`,
        period: Duration.minutes(1),
      }),
    ),
    single(
      'Blocked: an operator must act',
      metricOf('Blocked', {
        label: 'counted at each look, in 5 min. The names are below',
        period: fiveMinutes,
      }),
    ),
    single('Throttled by Zoho', metricOf('Throttled', { label: 'throttles in 30 min', period: halfAnHour })),
    single(
      'Refresher runs',
      metricOf('Heartbeat', {
        label: 'runs in 5 min, should be 5',
        period: fiveMinutes,
        statistic: Stats.SAMPLE_COUNT,
      }),
    ),
  ];
}

function refreshes(props: RefresherDashboardProps): GraphWidget {
  const metricOf = metricsOf(props);
  const period = Duration.minutes(5);
  const names = {
    RefreshSucceeded: 'refreshed',
    RefreshFailed: 'failed, will be retried',
    Throttled: 'throttled by Zoho',
    BudgetExhausted: 'budget used up',
    ComplaintsDeclined: 'complaint declined: new tokens are rejected',
    Refused: 'refused by Zoho, will be asked again',
    ContractChanged: 'Zoho answers otherwise than it documents',
    Blocked: 'blocked',
    NotificationFailed: 'notification not published, will be again',
    ScopeDrift: 'refreshed without a declared scope',
    TimesDistrusted: 'renewed because its times were in the future',
  } as const;
  return new GraphWidget({
    title: 'Refreshes and failures',
    left: Object.entries(names).map(([name, label]) => metricOf(name as MetricName, { label, period })),
    stacked: true,
    liveData: false,
    width: HALF,
    height: ROW,
  });
}

function soonestExpiry(props: RefresherDashboardProps): GraphWidget {
  const metricOf = metricsOf(props);
  const period = Duration.minutes(1);
  const metrics = [
    metricOf('FleetExpirySeconds', { label: 'a declared connection, or a share of the fleet', period }),
    metricOf('SoonestExpirySeconds', { label: 'any connection', period }),
  ];
  return graph('Seconds until tokens expire', metrics, {
    leftAnnotations: [
      {
        value: soonestExpiryThresholdSeconds(props.refreshMarginSeconds),
        label: 'TokenExpiringSoon',
        color: ALARM_COLOR,
      },
    ],
  });
}

/** In percent, as in the alarm: all consumers, and the ten declared connections with the highest rate (by Metrics Insights). */
function unauthorizedRates(props: RefresherDashboardProps): GraphWidget {
  const { secretPrefix, unauthorizedRatePercent } = props;
  const period = Duration.minutes(5);
  const query =
    `SELECT AVG(Unauthorized) FROM SCHEMA("${METRIC_NAMESPACE}", ${CONNECTION_DIMENSION}, ${SERVICE_DIMENSION}) ` +
    `WHERE ${SERVICE_DIMENSION} = '${secretPrefix}' GROUP BY ${CONNECTION_DIMENSION} ORDER BY AVG() DESC LIMIT 10`;
  const all = metricsOf(props)('Unauthorized', { statistic: Stats.AVERAGE, period });
  const worst = new MathExpression({ expression: query, usingMetrics: {}, label: '', period });
  const metrics = [
    new MathExpression({ expression: '100 * all', usingMetrics: { all }, label: 'all consumers', period }),
    new MathExpression({ expression: '100 * worst', usingMetrics: { worst }, label: '', period }),
  ];
  return graph('Rate of 401s in percent, all consumers and the ten worst connections', metrics, {
    leftAnnotations: [{ value: unauthorizedRatePercent, label: 'UnauthorizedSpike', color: ALARM_COLOR }],
  });
}

/** What RefreshFailing and ZohoThrottling watch. */
function weights(props: RefresherDashboardProps): GraphWidget {
  const metricOf = metricsOf(props);
  const metrics = [
    metricOf('FailingWeight', { label: 'RefreshFailing: failed, in a minute', period: Duration.minutes(1) }),
    metricOf('ThrottlingWeight', {
      label: 'ZohoThrottling: throttled or budget used up, in 15 minutes',
      period: Duration.minutes(15),
    }),
  ];
  return graph('Weight of failures: 1 for a declared connection, a tenth or less for others', metrics, {
    leftAnnotations: [{ value: 1, label: 'the alarms go off', color: ALARM_COLOR }],
  });
}

function mintBudget(props: RefresherDashboardProps): GraphWidget {
  const metricOf = metricsOf(props);
  const period = Duration.minutes(10);
  const { scheduled, operator, consumer } = MINT_BUDGET.limits;
  const budget = `per connection: ${scheduled}, operators ${operator}, consumers ${consumer}`;
  const metrics = [
    metricOf('RefreshSucceeded', { label: 'minted, all connections', period }),
    metricOf('BudgetExhausted', { label: 'not minted, budget used up', period }),
    metricOf('Throttled', { label: 'throttled by Zoho', period }),
  ];
  return graph(`Minted in 10 min (${budget})`, metrics, { width: THIRD });
}

function lambdaHealth(props: RefresherDashboardProps): GraphWidget {
  const { refresher, undelivered } = props;
  const period = Duration.minutes(5);
  const left = [
    refresher.metricInvocations({ label: 'invocations', period }),
    refresher.metricErrors({ label: 'errors', period }),
    refresher.metricThrottles({ label: 'throttled by Lambda', period }),
    undelivered.metricApproximateNumberOfMessagesVisible({
      label: 'undelivered ticks',
      period,
      statistic: Stats.MAXIMUM,
    }),
  ];
  const skew = { label: 'clock of the machine, seconds off', period, statistic: Stats.MAXIMUM };
  return graph('Refresher function and schedule', left, {
    right: [metricsOf(props)('ClockSkewSeconds', skew)],
    rightYAxis: { min: 0 },
    width: THIRD,
  });
}

function lambdaDuration({ refresher }: RefresherDashboardProps): GraphWidget {
  const period = Duration.minutes(5);
  const metrics = [
    refresher.metricDuration({ label: 'median', period, statistic: Stats.p(50) }),
    refresher.metricDuration({ label: 'longest', period, statistic: Stats.MAXIMUM }),
  ];
  return graph('Duration of a run, ms', metrics, { width: THIRD });
}

/** A graph of half the width that starts at 0, without the period in progress. */
function graph(title: string, left: IMetric[], options: GraphWidgetProps = {}): GraphWidget {
  return new GraphWidget({
    ...{ title, left, leftYAxis: { min: 0 }, liveData: false, width: HALF, height: ROW },
    ...options,
  });
}

/** Any metric over all connections, with its own label. */
function metricsOf({ secretPrefix }: RefresherDashboardProps) {
  return (name: MetricName, options: Parameters<typeof refresherMetric>[2]): Metric =>
    refresherMetric(secretPrefix, name, options);
}
