import { describeGiven } from '../../core/describe-given.ts';
import type { CompleteClock } from '../client-clock.ts';
import { ZohoClientError } from '../zoho-client-error.ts';
import { ClientMetrics } from './client-metrics.ts';
import { createCloudWatchDelivery } from './cloudwatch-delivery.ts';
import { createEmfDelivery } from './emf-delivery.ts';
import { loadOnFirstUse } from './load-cloudwatch.ts';
import type { MetricsDelivery, MetricsSource } from './metrics-delivery.ts';

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
): Pick<ClientMetrics, keyof ClientMetrics> {
  const isInLambda = process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined;
  const chosen = choice ?? (isInLambda ? 'emf' : 'cloudwatch');
  if (chosen === 'off') return OFF;
  return new ClientMetrics({ delivery: createDelivery(chosen, source, clock), now, warn: source.warn });
}

const OFF: Pick<ClientMetrics, keyof ClientMetrics> = {
  droppedCalls: 0,
  recordCall: () => {},
  recordUnavailableSecret: () => {},
  flush: () => Promise.resolve(),
};

function createDelivery(
  choice: 'emf' | 'cloudwatch',
  source: MetricsSource,
  clock: Pick<CompleteClock, 'sleep'> | undefined,
): MetricsDelivery {
  switch (choice) {
    case 'emf':
      return createEmfDelivery(source, (line) => process.stdout.write(`${line}\n`));
    case 'cloudwatch':
      return createCloudWatchDelivery(source, loadOnFirstUse(), clock);
    default:
      throw new ZohoClientError(
        'invalid_options',
        `metrics must be "emf", "cloudwatch" or "off", is ${describeGiven(choice)}.`,
      );
  }
}
