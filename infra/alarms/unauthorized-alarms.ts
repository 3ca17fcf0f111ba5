import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  MathExpression,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Severity } from '../../lambdas/core/connection/connection.ts';
import { connectionMetric, refresherMetric } from '../metrics.ts';
import type { AlarmDefinition } from './alarm-definition.ts';

export interface UnauthorizedAlarmsProps {
  /** Value of the metrics' dimension. */
  readonly secretPrefix: string;
  readonly unauthorizedRatePercent: number;
  readonly unauthorizedMinimumCount: number;
}

/**
 * Covers what the alarms of single connections miss: connections added at run time, and a low rate in many connections. It reaches
 * only those who get every alarm, because one noisy connection can hold it. What consumers of such a connection report is notified
 * by the refresher.
 */
export function unauthorizedSpikeOfFleet(props: UnauthorizedAlarmsProps): AlarmDefinition {
  return unauthorizedSpike(props, {
    unauthorized: refresherMetric(props.secretPrefix, 'Unauthorized'),
    callers: 'consumers of any connection',
    first: 'run zoho-tokens status for the rate of each declared connection, then zoho-tokens doctor.',
  });
}

/**
 * Not while the connection is out of service, and for two or three periods after that: its consumers get 401s then, and on-call was
 * notified of the cause by its name, or has paused the connection.
 */
export function unauthorizedSpikeOfConnection(
  props: UnauthorizedAlarmsProps,
  connection: string,
  severity: Severity,
): AlarmDefinition {
  return {
    ...unauthorizedSpike(props, {
      unauthorized: connectionMetric(props.secretPrefix, connection, 'Unauthorized'),
      outOfService: connectionMetric(props.secretPrefix, connection, 'OutOfService'),
      callers: `consumers of ${connection}`,
      first: `run zoho-tokens doctor ${connection}.`,
    }),
    part: connection,
    ...(severity === 'none' ? {} : { audience: severity }),
  };
}

/**
 * One window of 5 minutes, as the threshold is defined. The window slides: every evaluation covers the last 5 minutes ("Alarm
 * evaluation window" in CloudWatch's user guide), so the alarm goes off at the first evaluation after enough 401s. The value is
 * the rate, which the notification shows; too few 401s count as 0. No data means no calls and no 401s.
 *
 * A connection that is out of service is looked at every 5 to 6 minutes, so REPEAT looks at the period before as well: CloudWatch
 * retrieves more datapoints than it evaluates. MAX of an array has a datapoint where either has one, so that the alarm works for a
 * connection that was never out of service. Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics" and
 * "Configuring how CloudWatch alarms treat missing data".
 */
function unauthorizedSpike(
  { unauthorizedRatePercent, unauthorizedMinimumCount }: UnauthorizedAlarmsProps,
  {
    unauthorized,
    outOfService,
    callers,
    first,
  }: { unauthorized: Metric; outOfService?: Metric; callers: string; first: string },
): AlarmDefinition {
  const period = Duration.minutes(5);
  const ratePercent = `IF(unauthorized >= ${unauthorizedMinimumCount}, 100 * rate, 0)`;
  return {
    name: 'UnauthorizedSpike',
    meaning:
      `More than ${unauthorizedRatePercent} % (and at least ${unauthorizedMinimumCount}) of the API calls by ${callers} got a 401 in 5 minutes. ` +
      'Zoho rejects tokens before they expire, or consumers use old tokens.',
    first,
    condition: {
      metric: new MathExpression({
        label: '401s in percent of all calls',
        expression:
          outOfService === undefined
            ? ratePercent
            : `IF(MAX([FILL(outOfService, REPEAT), 0 * unauthorized]) > 0, 0, ${ratePercent})`,
        usingMetrics: {
          unauthorized: unauthorized.with({ statistic: Stats.SUM, period }),
          rate: unauthorized.with({ statistic: Stats.AVERAGE, period }),
          ...(outOfService === undefined
            ? {}
            : { outOfService: outOfService.with({ statistic: Stats.SUM, period }) }),
        },
        period,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: unauthorizedRatePercent,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}
