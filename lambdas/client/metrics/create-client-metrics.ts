import type { CompleteClock } from '../client-clock.ts';
import type { Warn } from '../warn-once.ts';
import { type ClientMetrics, createHeldMetrics } from './client-metrics.ts';
import { createCloudWatchDelivery } from './cloudwatch-delivery.ts';
import { createEmfDelivery } from './emf-delivery.ts';
import { loadOnFirstUse } from './load-cloudwatch.ts';

/**
 * Where a client's metrics go: `emf` to standard output, `cloudwatch` to PutMetricData, `off` nowhere.
 *
 * @example
 * const zoho = createZohoClient({ connection: 'crm-prod', metrics: 'cloudwatch' });
 */
export type MetricsChoice = 'emf' | 'cloudwatch' | 'off';

/** EMF inside Lambda, PutMetricData elsewhere. */
export const chooseMetrics = (choice: MetricsChoice | undefined): MetricsChoice =>
  choice ?? (process.env.AWS_LAMBDA_FUNCTION_NAME ? 'emf' : 'cloudwatch');

/** The metrics of a process. Without a choice: EMF inside Lambda, PutMetricData elsewhere. `now` returns milliseconds since the epoch. */
export const createClientMetrics = (
  choice: MetricsChoice | undefined,
  warn: Warn,
  now: () => number,
  clock?: Pick<CompleteClock, 'sleep'>,
): ClientMetrics => {
  const chosen = chooseMetrics(choice);
  if (chosen === 'off') return OFF;
  const delivery =
    chosen === 'emf'
      ? createEmfDelivery((line) => process.stdout.write(`${line}\n`), warn)
      : createCloudWatchDelivery(loadOnFirstUse(), warn, clock);
  return createHeldMetrics({ delivery, now, warn });
};

const OFF: ClientMetrics = { droppedCalls: 0, record() {}, flush: async () => {} };
