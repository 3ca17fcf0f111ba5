import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ENOUGH_WEIGHT } from '../../lambdas/core/incidents/alarm-weight.ts';
import { refresherMetric } from '../metrics.ts';
import type { AlarmDefinition } from './alarm-definition.ts';

export interface RefreshAlarmsProps {
  /** Value of the metrics' dimension. */
  readonly secretPrefix: string;
  readonly refreshMarginSeconds: number;
}

/**
 * A connection is blocked. 1 of 7 minutes: the refresher has confirmed the refusal, so one count is enough. A blocked connection is counted again every
 * 5 minutes, so the alarm stays until the connection is fixed. No data means that no connection is blocked. It reaches only those who
 * get every alarm: the refresher notifies of each connection by its name, and one that is never fixed must not hide the next.
 */
export function reauthorizationNeeded({ secretPrefix }: RefreshAlarmsProps): AlarmDefinition {
  return {
    name: 'ReauthorizationNeeded',
    meaning:
      'Zoho rejects the credentials of a connection, or its credentials secret is invalid. Its token expires within an hour.',
    first: 'run zoho-tokens status for the connection and the reason. zoho-tokens authorize fixes it.',
    condition: {
      metric: refresherMetric(secretPrefix, 'Blocked'),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 7,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * Tokens were not renewed in time, whatever the cause: that of a declared connection, or those of a share of the fleet. A single
 * tenant that cools down or never recovers must not hold the alarm; the refresher notifies of it by its name. 1 of 1 minute: a token
 * that is refreshed on time never gets this close to its expiry. No data means that the refresher is silent, which has its own alarm:
 * the state is kept, so that a token that has expired before and after the silence pages once.
 */
export function tokenExpiringSoon({
  secretPrefix,
  refreshMarginSeconds,
}: RefreshAlarmsProps): AlarmDefinition {
  const thresholdSeconds = soonestExpiryThresholdSeconds(refreshMarginSeconds);
  return {
    name: 'TokenExpiringSoon',
    audience: 'page',
    meaning: `The token of a declared connection, or those of many connections added at run time, expire in less than ${thresholdSeconds} seconds and have not been replaced. Then their consumers cannot call Zoho.`,
    first: 'run zoho-tokens status for the connection, then zoho-tokens doctor for the cause.',
    condition: {
      metric: refresherMetric(secretPrefix, 'FleetExpirySeconds'),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: thresholdSeconds,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.IGNORE,
    },
  };
}

/**
 * Refreshes of a declared connection, or of a share of the fleet, fail for a reason that is expected to pass. 3 of 5 minutes: one
 * failure does no harm, the next attempt follows within two minutes. No data means no failures.
 */
export function refreshFailing({ secretPrefix }: RefreshAlarmsProps): AlarmDefinition {
  return {
    name: 'RefreshFailing',
    audience: 'ticket',
    meaning:
      'Refreshes of a declared connection, or of many added at run time, failed in 3 of the last 5 minutes, because of Zoho or an AWS service. ' +
      'Published tokens stay valid until they expire; TokenExpiringSoon pages before that.',
    first: 'run zoho-tokens status for the failure, and check status.zoho.com.',
    condition: {
      metric: refresherMetric(secretPrefix, 'FailingWeight'),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: ENOUGH_WEIGHT,
      datapointsToAlarm: 3,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * Zoho throttled a declared connection or a share of the fleet, or our own budget is used up. One window of 15 minutes, which slides:
 * a single throttle already costs a quarter of an hour, and means that something else uses the refresh token or that consumers ask
 * too often. One connection is throttled twice in it at most. No data means neither.
 */
export function zohoThrottling({ secretPrefix }: RefreshAlarmsProps): AlarmDefinition {
  const period = Duration.minutes(15);
  return {
    name: 'ZohoThrottling',
    audience: 'ticket',
    meaning:
      'Too many tokens were requested: Zoho throttles a declared connection or many added at run time, or their own budget (below the limit of Zoho) is used up. Their refreshes wait for 10 minutes or more.',
    first:
      'run zoho-tokens status for the connection. Find out what else requests tokens with its refresh token.',
    condition: {
      metric: new MathExpression({
        label: 'weight of throttles and refusals of our own',
        // Where data is missing, CloudWatch looks further back: without zeros the alarm would last for an hour.
        expression: 'FILL(weight, 0)',
        usingMetrics: { weight: refresherMetric(secretPrefix, 'ThrottlingWeight', { period }) },
        period,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: ENOUGH_WEIGHT,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * The refresher cannot publish what is wrong with a connection. 2 of 5 minutes: what SNS rejects once is published with the next
 * tick. It pages, because a page may be what is missing. No data means that nothing failed.
 */
export function notificationFailed({ secretPrefix }: RefreshAlarmsProps): AlarmDefinition {
  return {
    name: 'NotificationFailed',
    audience: 'page',
    meaning:
      'The refresher cannot publish notifications about connections to the page or the ticket topic. A connection may be blocked, and its owner was not notified.',
    first: 'run zoho-tokens status, which lists the problems. Then read the log for the reason.',
    condition: {
      metric: refresherMetric(secretPrefix, 'NotificationFailed'),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 2,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * Zoho answered otherwise than it documents. 1 of 14 periods of 5 minutes: one answer is enough, and what is counted at every
 * refresh, 55 minutes apart, must not end the alarm in between. One alarm for all connections and all changes, because the log
 * names both. No data means that Zoho answers as it documents.
 */
export function contractChanged({ secretPrefix }: RefreshAlarmsProps): AlarmDefinition {
  return {
    name: 'ContractChanged',
    audience: 'ticket',
    meaning:
      'Zoho answers otherwise than it documents: it sent a new refresh token, which is not stored, a token that lives short or is too long, or an api_domain of another data center. ' +
      'Published tokens are valid; what follows later depends on the change.',
    first: 'run the saved query "changed answers", which names the connection and the change.',
    condition: {
      metric: refresherMetric(secretPrefix, 'ContractChanged', { period: Duration.minutes(5) }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 14,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

const MAX_SOONEST_EXPIRY_SECONDS = 180;
const TWO_TICKS_SECONDS = 120;

/**
 * 3 minutes, or less if the margin is so small that a healthy token gets that close to its expiry: a token that is due just
 * after a tick is replaced at the next one, and the index with the soonest expiry can lag behind.
 */
export function soonestExpiryThresholdSeconds(refreshMarginSeconds: number): number {
  return Math.min(MAX_SOONEST_EXPIRY_SECONDS, refreshMarginSeconds - TWO_TICKS_SECONDS);
}
