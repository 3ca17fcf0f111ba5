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

export function unauthorizedSpikeOfConnection(
  props: UnauthorizedAlarmsProps,
  connection: string,
  severity: Severity,
): AlarmDefinition {
  return {
    ...unauthorizedSpike(props, {
      unauthorized: connectionMetric(props.secretPrefix, connection, 'Unauthorized'),
      callers: `consumers of ${connection}`,
      first: `if ReauthorizationNeeded is in ALARM too, follow its runbook. Otherwise run zoho-tokens doctor ${connection}.`,
    }),
    connection,
    ...(severity === 'none' ? {} : { audience: severity }),
  };
}

/**
 * One window of 5 minutes, as the threshold is defined. The window slides: every evaluation covers the last 5 minutes ("Alarm
 * evaluation window" in CloudWatch's user guide), so the alarm goes off at the first evaluation after enough 401s. The value is
 * the rate, which the notification shows; too few 401s count as 0. No data means no calls and no 401s.
 */
function unauthorizedSpike(
  { unauthorizedRatePercent, unauthorizedMinimumCount }: UnauthorizedAlarmsProps,
  { unauthorized, callers, first }: { unauthorized: Metric; callers: string; first: string },
): AlarmDefinition {
  const period = Duration.minutes(5);
  return {
    name: 'UnauthorizedSpike',
    meaning:
      `More than ${unauthorizedRatePercent} % (and at least ${unauthorizedMinimumCount}) of the API calls by ${callers} got a 401 in 5 minutes. ` +
      'Zoho rejects tokens before they expire, or consumers use old tokens.',
    first,
    condition: {
      metric: new MathExpression({
        label: '401s in percent of all calls',
        expression: `IF(unauthorized >= ${unauthorizedMinimumCount}, 100 * rate, 0)`,
        usingMetrics: {
          unauthorized: unauthorized.with({ statistic: Stats.SUM, period }),
          rate: unauthorized.with({ statistic: Stats.AVERAGE, period }),
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
