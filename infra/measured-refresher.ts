import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { ConsentMetricName } from '../lambdas/core/invites/consent-metrics.ts';
import type { MetricName } from '../lambdas/core/metrics.ts';
import { refresherMetric } from './metrics.ts';

/** A deployment's metrics, for alarms and dashboards of your own. */
export abstract class MeasuredRefresher extends Construct {
  /** Prefix of all secret names. */
  readonly secretPrefix: string;

  constructor(scope: Construct, id: string, secretPrefix: string) {
    super(scope, id);
    this.secretPrefix = secretPrefix;
  }

  /**
   * Any metric, over all connections.
   *
   * @default - per minute: sum, or minimum for a gauge
   */
  metric(name: MetricName | ConsentMetricName, options?: MetricOptions): Metric {
    return refresherMetric(this.secretPrefix, name, options);
  }

  /** 1 at the end of every completed run. */
  metricHeartbeat(options?: MetricOptions): Metric {
    return this.metric('Heartbeat', options);
  }

  /** New tokens published. It has data with the setting `routineMetrics` or `dashboard` only. */
  metricRefreshSucceeded(options?: MetricOptions): Metric {
    return this.metric('RefreshSucceeded', options);
  }

  /** Attempts that failed for a reason that is expected to pass. */
  metricRefreshFailed(options?: MetricOptions): Metric {
    return this.metric('RefreshFailed', options);
  }

  /** Responses of Zoho that mean "too many requests". */
  metricThrottled(options?: MetricOptions): Metric {
    return this.metric('Throttled', options);
  }

  /** Refreshes rejected because the mint or publish budget of a connection was used up. */
  metricBudgetExhausted(options?: MetricOptions): Metric {
    return this.metric('BudgetExhausted', options);
  }

  /** Complaints of consumers that are declined, because they reject tokens that Zoho has just issued. */
  metricComplaintsDeclined(options?: MetricOptions): Metric {
    return this.metric('ComplaintsDeclined', options);
  }

  /** Blocked connections: each is counted at once, then every 5 minutes. */
  metricBlocked(options?: MetricOptions): Metric {
    return this.metric('Blocked', options);
  }

  /** Notifications about connections that could not be published. Each is published again with the next tick. */
  metricNotificationFailed(options?: MetricOptions): Metric {
    return this.metric('NotificationFailed', options);
  }

  /** Refreshes for which Zoho did not grant every declared scope. */
  metricScopeDrift(options?: MetricOptions): Metric {
    return this.metric('ScopeDrift', options);
  }

  /** Responses of Zoho that are not as it documents, e.g. with a new refresh token that is not stored. */
  metricContractChanged(options?: MetricOptions): Metric {
    return this.metric('ContractChanged', options);
  }

  /**
   * API calls that got a 401. The statistic `Average` of the same metric is the rate of 401s, `SampleCount` the number of
   * calls.
   */
  metricUnauthorized(options?: MetricOptions): Metric {
    return this.metric('Unauthorized', options);
  }

  /** Seconds to the next token expiry. It has data with the setting `routineMetrics` or `dashboard` only. */
  metricSoonestExpirySeconds(options?: MetricOptions): Metric {
    return this.metric('SoonestExpirySeconds', options);
  }
}
