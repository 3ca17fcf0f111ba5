import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  MathExpression,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { connectionMetric, refresherMetric } from '../metrics.ts';
import type { AlarmDefinition } from './alarm-definition.ts';

export interface UnauthorizedAlarmsProps {
  /** Value of the metrics' dimension. */
  readonly secretPrefix: string;
  readonly unauthorizedRatePercent: number;
  readonly unauthorizedMinimumCount: number;
}

/** Sees what the alarms of single connections cannot: connections added at run time, and a little of it everywhere. */
export function unauthorizedSpikeOfFleet(props: UnauthorizedAlarmsProps): AlarmDefinition {
  return unauthorizedSpike(props, {
    unauthorized: refresherMetric(props.secretPrefix, 'Unauthorized'),
    callers: 'consumers of any connection',
    first: 'zoho-tokens status shows the rate of each declared connection; then zoho-tokens doctor.',
  });
}

export function unauthorizedSpikeOfConnection(
  props: UnauthorizedAlarmsProps,
  connection: string,
): AlarmDefinition {
  return {
    ...unauthorizedSpike(props, {
      unauthorized: connectionMetric(props.secretPrefix, connection, 'Unauthorized'),
      callers: `consumers of ${connection}`,
      first: `if ReauthorizationNeeded is in alarm too, follow its runbook; if not, zoho-tokens doctor ${connection}.`,
    }),
    connection,
  };
}

/**
 * One window of 5 minutes, because that is what the threshold speaks of. It slides: CloudWatch looks at the last 5 minutes
 * at every evaluation, not once in 5 minutes ("Alarm evaluation window" in its user guide), so that the alarm goes off
 * with the first evaluation after enough 401s. Its value is the rate, which the notification shows; too few 401s count
 * as none. No data: no calls at all are no 401s either.
 */
function unauthorizedSpike(
  { unauthorizedRatePercent, unauthorizedMinimumCount }: UnauthorizedAlarmsProps,
  { unauthorized, callers, first }: { unauthorized: Metric; callers: string; first: string },
): AlarmDefinition {
  const period = Duration.minutes(5);
  return {
    name: 'UnauthorizedSpike',
    audience: 'page',
    meaning:
      `More than ${unauthorizedRatePercent} % (and at least ${unauthorizedMinimumCount}) of the calls that ${callers} made to Zoho in 5 minutes ` +
      'were answered with 401: tokens are rejected before their time, or consumers use outdated ones.',
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
