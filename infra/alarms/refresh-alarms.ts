import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { refresherMetric } from '../metrics.ts';
import type { AlarmDefinition } from './alarm-definition.ts';

export interface RefreshAlarmsProps {
  /** Value of the metrics' dimension. */
  readonly secretPrefix: string;
  readonly refreshMarginSeconds: number;
}

/**
 * A connection is blocked. 1 of 7 minutes: the first definite refusal is enough, and a blocked connection is counted again
 * at every look, 5 minutes apart, so that the alarm stays until it is mended. No data: nobody is blocked.
 */
export function reauthorizationNeeded({ secretPrefix }: RefreshAlarmsProps): AlarmDefinition {
  return {
    name: 'ReauthorizationNeeded',
    audience: 'page',
    meaning: 'Zoho refuses the credentials of a connection; its token runs out within the hour.',
    first: 'zoho-tokens status names the connection and the reason, zoho-tokens authorize mends it.',
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
 * A token was not renewed in time, whatever the cause. 1 of 1 minute: a token that is refreshed in time is never this near to
 * its end. No data: no connection has a token yet, or the refresher is silent, which has its own alarm.
 */
export function tokenExpiringSoon({
  secretPrefix,
  refreshMarginSeconds,
}: RefreshAlarmsProps): AlarmDefinition {
  const thresholdSeconds = soonestExpiryThresholdSeconds(refreshMarginSeconds);
  return {
    name: 'TokenExpiringSoon',
    audience: 'page',
    meaning: `A token expires in less than ${thresholdSeconds} seconds and has not been replaced, whatever the cause.`,
    first: 'zoho-tokens status shows which, zoho-tokens doctor finds out why.',
    condition: {
      metric: refresherMetric(secretPrefix, 'SoonestExpirySeconds'),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: thresholdSeconds,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * Refreshes fail for a reason that should pass. 3 of 5 minutes: one failed attempt is nothing, the next one follows within two
 * minutes. No data: no failures.
 */
export function refreshFailing({ secretPrefix }: RefreshAlarmsProps): AlarmDefinition {
  return {
    name: 'RefreshFailing',
    audience: 'ticket',
    meaning:
      'Refreshes failed in 3 of the last 5 minutes: Zoho or an AWS service does not answer as it should. ' +
      'Published tokens stay valid until they expire; TokenExpiringSoon pages before that.',
    first: 'zoho-tokens status names the failure; see also status.zoho.com.',
    condition: {
      metric: refresherMetric(secretPrefix, 'RefreshFailed'),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 3,
      evaluationPeriods: 5,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * Zoho throttled us, or our own budget ran out. 1 of 15 minutes: one throttle already costs a quarter of an hour, and somebody
 * else uses the refresh token, or consumers ask without end. No data: neither.
 */
export function zohoThrottling({ secretPrefix }: RefreshAlarmsProps): AlarmDefinition {
  const period = Duration.minutes(1);
  return {
    name: 'ZohoThrottling',
    audience: 'ticket',
    meaning:
      'Zoho says that too many tokens were asked for, or our own budget below its limit is used up: refreshes wait for ten minutes or more.',
    first: 'zoho-tokens status shows which connection; find out who else mints with its refresh token.',
    condition: {
      metric: new MathExpression({
        label: 'throttles and refusals of our own',
        expression: 'FILL(throttled, 0) + FILL(exhausted, 0)',
        usingMetrics: {
          throttled: refresherMetric(secretPrefix, 'Throttled', { period }),
          exhausted: refresherMetric(secretPrefix, 'BudgetExhausted', { period }),
        },
        period,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 15,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * A declared scope is not granted. 1 of 14 periods of 5 minutes: it is counted at every refresh, 55 minutes apart, so that the
 * alarm stays until it is mended. No data: nothing was refreshed, or nothing is missing.
 */
export function scopeDrift({ secretPrefix }: RefreshAlarmsProps): AlarmDefinition {
  return {
    name: 'ScopeDrift',
    audience: 'ticket',
    meaning:
      'A scope that the configuration declares was not granted: consumers get errors that no new token mends. The token itself is good.',
    first: 'plan a re-authorization: zoho-tokens authorize NAME --add-scope SCOPE.',
    condition: {
      metric: refresherMetric(secretPrefix, 'ScopeDrift', { period: Duration.minutes(5) }),
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
 * 3 minutes; less where the margin is so small that a healthy token may come as near to its end as that: due just
 * after one tick, it is replaced by the next, and the index that is asked for the soonest may lag behind.
 */
function soonestExpiryThresholdSeconds(refreshMarginSeconds: number): number {
  return Math.min(MAX_SOONEST_EXPIRY_SECONDS, refreshMarginSeconds - TWO_TICKS_SECONDS);
}
