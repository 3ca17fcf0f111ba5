import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { refresherMetric } from '../metrics.ts';
import type { AlarmDefinition } from './alarm-definition.ts';

export interface FunctionAlarmsProps {
  /** Value of the metrics' dimension. */
  readonly secretPrefix: string;
  readonly refresher: IFunction;
  /** Ticks that the schedule could not deliver. */
  readonly undelivered: IQueue;
}

/**
 * A dead man's switch. 3 of 3 minutes: a tick may come late once, and one that is slow counts when it ends. No data is what is
 * looked for: breaching. CloudWatch looks at some more minutes than three where data is missing ("evaluation range"), so that it
 * goes off within 5 minutes of silence. It also goes off for some minutes after the very first deployment, before the first ticks.
 */
export function refresherSilent({ secretPrefix }: FunctionAlarmsProps): AlarmDefinition {
  return {
    name: 'RefresherSilent',
    audience: 'page',
    meaning:
      'The refresher has not completed a run for 3 to 5 minutes: nothing is refreshed, every token runs out within the hour. ' +
      'Expected for some minutes after the first deployment.',
    first: 'zoho-tokens doctor looks at schedule, function and queue; the log of the function says the rest.',
    condition: {
      metric: refresherMetric(secretPrefix, 'Heartbeat', { statistic: Stats.SAMPLE_COUNT }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 3,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    },
  };
}

/**
 * The function fails, times out or is throttled by Lambda. 3 of 5 minutes: the next tick repeats what one has lost, so that a
 * crash now and then costs nothing. No data: it was not called, which RefresherSilent sees.
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
      'In 3 of the last 5 minutes the refresher function failed, ran out of time, or was not run because Lambda throttled it.',
    first:
      'the log of the function: "the invocation failed" names the cause, "Task timed out" is a time-out.',
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
 * The schedule could not deliver a tick. 1 of 1 period of 5 minutes: what lies in the queue stays there until somebody has
 * looked, and so does the alarm. No data: SQS reports nothing for a queue that nobody has used for hours, hence not breaching.
 */
export function deliveryFailed({ undelivered }: FunctionAlarmsProps): AlarmDefinition {
  return {
    name: 'DeliveryFailed',
    audience: 'ticket',
    meaning: 'The schedule could not deliver ticks to the refresher: they lie in its dead-letter queue.',
    first: 'the messages say why (ERROR_CODE); RefresherSilent says whether it goes on.',
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
