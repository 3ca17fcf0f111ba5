import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  MathExpression,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { refresherMetric } from '../metrics.ts';
import type { AlarmDefinition, Condition } from './alarm-definition.ts';

export interface FunctionAlarmsProps {
  /** Value of the metrics' dimension. */
  readonly secretPrefix: string;
  readonly refresher: IFunction;
  /** What the schedule, and nothing else, invokes. */
  readonly scheduleDoor: IFunction;
  /** The dead-letter queue of the schedule. */
  readonly undelivered: IQueue;
  /** How many shards a fleet has. The same alias is invoked for each of them. */
  readonly shards: number;
}

/**
 * A dead man's switch. 3 of 3 minutes, because one tick can be late, and a slow one counts when it ends. Missing data is the
 * problem to detect, so it is breaching. Where data is missing, CloudWatch evaluates more than three minutes ("evaluation
 * range"), so the alarm goes off within 5 minutes. It also goes off right after the first deployment, until the first ticks:
 * CloudWatch has no grace period. So it pages only after the refresher has started; it always notifies the alarm topic.
 *
 * Two independent sources prove a run: the refresher's heartbeat, which reaches CloudWatch through its log, and Lambda's own
 * count of what the schedule invoked without an error. When CloudWatch Logs loses metrics for an hour, the second one remains.
 * Invocations by consumers and operators prove nothing about the schedule: they have another alias.
 * MAX of an array has a datapoint where either has one, and none where both are missing. FILL would put zeros at the latest minutes,
 * whose data is still on its way. Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
 */
export function refresherSilent(props: FunctionAlarmsProps): AlarmDefinition {
  const heartbeats = refresherMetric(props.secretPrefix, 'Heartbeat', { statistic: Stats.SAMPLE_COUNT });
  return {
    name: 'RefresherSilent',
    audience: 'page',
    meaning:
      'The refresher has not completed a run for 3 to 5 minutes, by its own heartbeat and by the count of Lambda. ' +
      'No token is refreshed; all of them expire within an hour. ' +
      'Expected for a few minutes after the first deployment, when it does not page.',
    first:
      'run zoho-tokens doctor, which checks schedule, function and queue; then read the log of the function.',
    condition: noRun(props, heartbeats),
    latch: {
      name: 'RefresherStarted',
      meaning:
        'Not an alarm: OK since the refresher has completed 3 runs. Before that, RefresherSilent does not page.',
      condition: threeRuns(heartbeats),
    },
  };
}

/**
 * Three minutes without a run. In a fleet, each shard is one more invocation a minute, so Lambda's count proves this run only if all
 * others are counted as well.
 */
export function noRun({ scheduleDoor, shards }: FunctionAlarmsProps, heartbeats: Metric): Condition {
  const period = Duration.minutes(1);
  const ofOthers = shards === 0 ? '' : ` - ${shards}`;
  return {
    metric: new MathExpression({
      label: 'completed runs',
      expression: `MAX([heartbeats, invocations - errors${ofOthers}])`,
      usingMetrics: {
        heartbeats: heartbeats.with({ period }),
        invocations: scheduleDoor.metricInvocations({ period, statistic: Stats.SUM }),
        errors: scheduleDoor.metricErrors({ period, statistic: Stats.SUM }),
      },
      period,
    }),
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    datapointsToAlarm: 3,
    evaluationPeriods: 3,
    treatMissingData: TreatMissingData.BREACHING,
  };
}

/**
 * INSUFFICIENT_DATA, the state of every new alarm, until a window of 5 minutes has 3 heartbeats; then OK. Missing data is ignored
 * ("the current alarm state is maintained"), so it stays OK when the refresher dies: windows with fewer heartbeats count only if
 * 12 of 12 are like that. 3 heartbeats, because CloudWatch evaluates each alarm at its own second of the minute: set by the
 * first heartbeat, it could be set before RefresherSilent is OK, and that would page.
 */
export function threeRuns(heartbeats: Metric): Condition {
  return {
    metric: heartbeats.with({ period: Duration.minutes(5) }),
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 3,
    datapointsToAlarm: 12,
    evaluationPeriods: 12,
    treatMissingData: TreatMissingData.IGNORE,
  };
}

/**
 * The function fails, times out or is throttled by Lambda. 3 of 5 minutes, because the next tick repeats lost work and an
 * occasional crash does no harm. No data means that the function was not called, which RefresherSilent detects.
 */
export function refresherErrors({ refresher }: FunctionAlarmsProps): AlarmDefinition {
  const period = Duration.minutes(1);
  const usingMetrics = {
    errors: refresher.metricErrors({ period, statistic: Stats.SUM }),
    throttles: refresher.metricThrottles({ period, statistic: Stats.SUM }),
  };
  return {
    name: 'RefresherErrors',
    audience: 'ticket',
    meaning:
      'In 3 of the last 5 minutes the refresher function failed, timed out, or was throttled by Lambda.',
    first:
      'read the log of the function. "the invocation failed" is followed by the cause, "Task timed out" is a timeout.',
    condition: {
      metric: new MathExpression({
        label: 'errors and throttles',
        expression: 'FILL(errors, 0) + FILL(throttles, 0)',
        usingMetrics,
        period,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 3,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * The schedule could not deliver a tick. 1 of 1 period of 5 minutes: messages stay in the queue until an operator deletes
 * them, and the alarm stays with them. Missing data is not breaching, because SQS reports nothing for a queue unused for hours.
 */
export function deliveryFailed({ undelivered }: FunctionAlarmsProps): AlarmDefinition {
  return {
    name: 'DeliveryFailed',
    audience: 'ticket',
    meaning: 'The schedule could not deliver ticks to the refresher. They are in its dead-letter queue.',
    first: 'read ERROR_CODE of the messages. If RefresherSilent is in ALARM too, no ticks arrive at all.',
    condition: {
      metric: undelivered.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: Stats.MAXIMUM,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}
