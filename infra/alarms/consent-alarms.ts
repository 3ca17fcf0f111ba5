import { Duration } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { refresherMetric } from '../metrics.ts';
import type { AlarmDefinition } from './alarm-definition.ts';

export interface ConsentAlarmsProps {
  /** Value of the metrics' dimension. */
  readonly secretPrefix: string;
  /** The public function. */
  readonly pages: IFunction;
  readonly consentApi: IFunction;
  /** ID of the HTTP API. */
  readonly apiId: string;
  readonly requestsPerSecond: number;
}

/**
 * Consents failed that people had given. 1 of 1 period of 5 minutes: there are few consents, and each stands for someone who was
 * asked for one. Refusals of people are not counted. No data means no consents.
 */
export function consentFailing({ secretPrefix }: ConsentAlarmsProps): AlarmDefinition {
  return {
    name: 'ConsentFailing',
    audience: 'ticket',
    meaning:
      'A person consented at Zoho, and the connection was not authorized. What Zoho issued was revoked or is kept, encrypted, for another attempt.',
    first: 'run zoho-tokens invites for the invite and the reason.',
    condition: {
      metric: refresherMetric(secretPrefix, 'ConsentFailed', { period: Duration.minutes(5) }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * A function of the pages fails or times out. 2 of 3 periods of 5 minutes: the sweep runs in each, so a function that is broken
 * fails in each. A single failure is repeated by the visitor or the next sweep.
 */
export function consentErrors({ pages, consentApi }: ConsentAlarmsProps): AlarmDefinition {
  const period = Duration.minutes(5);
  return {
    name: 'ConsentErrors',
    audience: 'ticket',
    meaning:
      'In 2 of the last 3 periods of 5 minutes the functions behind the consent pages failed or timed out. Visitors see an error, and abandoned consents may not be cleaned up.',
    first: 'read the logs of the functions ConsentApi and ConsentPages.',
    condition: {
      metric: new MathExpression({
        label: 'errors',
        expression: 'FILL(pages, 0) + FILL(api, 0)',
        usingMetrics: {
          pages: pages.metricErrors({ period, statistic: Stats.SUM }),
          api: consentApi.metricErrors({ period, statistic: Stats.SUM }),
        },
        period,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 2,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}

/**
 * Requests are refused because there are too many: by Lambda, or more in a minute than API Gateway lets through in a minute of one
 * route. 2 of 3 minutes, because a mail scanner that opens a link several times is over in one. API Gateway has no metric for the
 * requests that it throttles, and counts them in `Count`.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 */
export function consentThrottled(props: ConsentAlarmsProps): AlarmDefinition {
  const { pages, consentApi, apiId, requestsPerSecond } = props;
  const period = Duration.minutes(1);
  return {
    name: 'ConsentThrottled',
    audience: 'ticket',
    meaning: `In 2 of the last 3 minutes the consent pages got more requests than they let through (${requestsPerSecond} a second for each route). Visitors may see an error; no connection is affected.`,
    first: 'read the access log for the addresses that send the requests.',
    condition: {
      metric: new MathExpression({
        label: 'throttled, or requests above the limit',
        expression: `FILL(pages, 0) + FILL(api, 0) + IF(FILL(requests, 0) > ${60 * requestsPerSecond}, 1, 0)`,
        usingMetrics: {
          pages: pages.metricThrottles({ period, statistic: Stats.SUM }),
          api: consentApi.metricThrottles({ period, statistic: Stats.SUM }),
          requests: new Metric({
            namespace: 'AWS/ApiGateway',
            metricName: 'Count',
            dimensionsMap: { ApiId: apiId },
            statistic: Stats.SUM,
            period,
          }),
        },
        period,
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      datapointsToAlarm: 2,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  };
}
