/**
 * Names of all metrics. Alarms, the dashboard and the code that emits them share this file.
 *
 * Each metric is emitted under the dimension `service` (its value is the secret prefix), and for declared connections
 * also under `service` + `connection`. Connections that were added at run time get that only with the setting
 * `metricsPerConnection: 'all'`: CloudWatch charges for every distinct set of dimensions.
 */
export const METRIC_NAMESPACE = 'ZohoTokenRefresher';

export const SERVICE_DIMENSION = 'service';
export const CONNECTION_DIMENSION = 'connection';
export const SHARD_DIMENSION = 'shard';

/** The dimensions of the fleet's metrics, or of one connection's, as CloudWatch's API expects them. */
export const metricDimensions = (
  secretPrefix: string,
  connection: string | undefined,
): { readonly Name: string; readonly Value: string }[] => {
  const service = { Name: SERVICE_DIMENSION, Value: secretPrefix };
  return connection ? [service, { Name: CONNECTION_DIMENSION, Value: connection }] : [service];
};

export const METRICS = {
  /** 1 at the end of every completed tick, aggregate only. Its absence means that nothing is refreshed. */
  Heartbeat: { unit: 'Count' },
  /** The same for a tick of one shard of a fleet, under `service` + `shard` only. */
  ShardHeartbeat: { unit: 'Count' },
  /** 1 per new token published. One of {@link ROUTINE_METRICS}. */
  RefreshSucceeded: { unit: 'Count' },
  /** 1 per attempt that failed for a reason that is expected to pass: network, Zoho 5xx, AWS throttling or denial. */
  RefreshFailed: { unit: 'Count' },
  /**
   * The weight of the connection per attempt that counts in `RefreshFailed`, aggregate only: 1 for a declared one, less for one that
   * was added at run time, and nothing if it was asked for on demand. Alarms watch it, so that no single tenant holds them.
   */
  FailingWeight: { unit: 'Count' },
  /** 1 per answer of Zoho that says "too many requests". */
  Throttled: { unit: 'Count' },
  /** 1 per refresh declined because our own mint or publish budget was exhausted. */
  BudgetExhausted: { unit: 'Count' },
  /** The same weight per attempt that counts in `Throttled` or `BudgetExhausted`; a throttle on demand counts as well. Aggregate only. */
  ThrottlingWeight: { unit: 'Count' },
  /**
   * 1 per complaint of a consumer about a fresh token that is declined, because the connection's tokens were replaced for
   * complaints several times in a row and it did not help, or because the day's allowance for complaints is used up.
   */
  ComplaintsDeclined: { unit: 'Count' },
  /**
   * 1 per refusal of Zoho that is not confirmed yet: it accepted these credentials before, the published token is still valid, and
   * it is asked again.
   */
  Refused: { unit: 'Count' },
  /**
   * 1 per answer of Zoho that is not as it documents: a refresh token that is not stored, a token that is too long. If tokens live
   * shorter than an hour or an `api_domain` is ignored, the first of such answers is counted.
   */
  ContractChanged: { unit: 'Count' },
  /** 1 whenever a connection becomes blocked, and again at every look while it is blocked. */
  Blocked: { unit: 'Count' },
  /**
   * 1 whenever the refresher finds that a connection is blocked or paused, or that Zoho refuses its credentials, confirmed or not. Its
   * consumers get 401s then, which is no problem of its own: UnauthorizedSpike of the connection does not go off.
   */
  OutOfService: { unit: 'Count' },
  /** 1 per notification about a connection that could not be published. It is published again with the next tick. */
  NotificationFailed: { unit: 'Count' },
  /** 1 per refresh whose granted scopes lack a declared one. */
  ScopeDrift: { unit: 'Count' },
  /**
   * Seconds until the first token expires, over all connections that should have one; aggregate only. Never below 0. One of
   * {@link ROUTINE_METRICS}.
   */
  SoonestExpirySeconds: { unit: 'Seconds' },
  /**
   * Seconds until so many tokens have expired that their connections weigh 1 together: one declared connection, or ten added at run
   * time, or a hundredth of a large fleet, or all of a smaller one. 3600, the life of a new token, if that is never so. Aggregate only.
   * Never below 0.
   */
  FleetExpirySeconds: { unit: 'Seconds' },
  /**
   * By how many seconds the clock of the refresher's machine differs from AWS's, in each invocation in which it is more than a minute;
   * aggregate only. AWS's time is used then.
   */
  ClockSkewSeconds: { unit: 'Seconds' },
  /** 1 per row whose times lie in the future, because a clock was wrong when they were written. It is renewed at once. */
  TimesDistrusted: { unit: 'Count' },
  /**
   * 1 or 0 per API call of a consumer: 1 when Zoho's API answered that the caller is not authorized. The average is the
   * rate, the sample count the traffic, the sum the 401s. Emitted by consumers, not by the refresher.
   */
  Unauthorized: { unit: 'Count' },
  /** 1 whenever a consumer could not read its token secret and used the token in its cache. Emitted by consumers. */
  SecretUnavailable: { unit: 'Count' },
} as const;

export type MetricName = keyof typeof METRICS;

/**
 * Metrics of a deployment that works, which no alarm watches: the refresher emits them with the setting `routineMetrics` or
 * `dashboard` only. The others that no alarm watches count problems, and CloudWatch charges for the hours in which they get a
 * datapoint. Source: https://aws.amazon.com/cloudwatch/pricing/.
 */
export const ROUTINE_METRICS: readonly MetricName[] = ['RefreshSucceeded', 'SoonestExpirySeconds'];

export type MetricUnit = (typeof METRICS)[MetricName]['unit'];
