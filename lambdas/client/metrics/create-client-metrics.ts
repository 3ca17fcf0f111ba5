import type { CompleteClock } from '../client-clock.ts';
import { type ClientMetrics, createHeldMetrics } from './client-metrics.ts';
import { createCloudWatchDelivery } from './cloudwatch-delivery.ts';
import { createEmfDelivery } from './emf-delivery.ts';
import { loadOnFirstUse } from './load-cloudwatch.ts';
import type { MetricsSource } from './metrics-delivery.ts';

/**
 * Where a client's metrics go: `emf` to standard output, `cloudwatch` to PutMetricData, `off` nowhere.
 *
 * @example
 * const zoho = createZohoClient({ connection: 'crm-prod', metrics: 'cloudwatch' });
 */
export type MetricsChoice = 'emf' | 'cloudwatch' | 'off';

/**
 * The metrics of one client. Without a choice: EMF inside Lambda, PutMetricData elsewhere. `now` returns milliseconds since
 * the epoch.
 */
export function createClientMetrics(
  choice: MetricsChoice | undefined,
  source: MetricsSource,
  now: () => number,
  clock?: Pick<CompleteClock, 'sleep'>,
): ClientMetrics {
  const isInLambda = process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined;
  const chosen = choice ?? (isInLambda ? 'emf' : 'cloudwatch');
  if (chosen === 'off') return OFF;
  const delivery =
    chosen === 'emf'
      ? createEmfDelivery(source, (line) => process.stdout.write(`${line}\n`))
      : createCloudWatchDelivery(source, loadOnFirstUse(), clock);
  return createHeldMetrics({ delivery, now, warn: source.warn });
}

const OFF: ClientMetrics = {
  droppedCalls: 0,
  recordCall: () => {},
  recordUnavailableSecret: () => {},
  flush: () => Promise.resolve(),
};
