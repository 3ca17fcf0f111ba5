import type { CloudWatch, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { describeGiven } from '../../core/describe-given.ts';
import { METRIC_NAMESPACE, METRICS } from '../../core/metrics.ts';
import { ZohoClientError } from '../zoho-client-error.ts';
import type { ApiCallReporter } from './api-call-reporter.ts';
import { createCloudWatchApiCalls, type PutMetricData } from './client-metrics.ts';
import { dimensionsOf } from './cloudwatch-delivery.ts';
import { createEmfApiCalls } from './emf-delivery.ts';
import { toEmfLine } from './emf-line.ts';

/** Where a consumer's metrics go. */
export type MetricsChoice = 'emf' | 'cloudwatch' | 'off';

/** A consumer's metrics: its API calls, and a warning when it lives on the token at hand. */
export interface ClientReporter extends ApiCallReporter {
  warnSecretUnavailable(connection: string): void;
}

export interface ReporterOptions {
  readonly secretPrefix: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A consumer's reporter. Without a choice: EMF inside Lambda, PutMetricData elsewhere. */
export function createReporter(choice: MetricsChoice | undefined, options: ReporterOptions): ClientReporter {
  const isInLambda = process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined;
  switch (choice ?? (isInLambda ? 'emf' : 'cloudwatch')) {
    case 'off':
      return SILENT;
    case 'emf':
      return createEmfReporter(options);
    case 'cloudwatch':
      return createCloudWatchReporter(options, loadOnFirstUse());
    default:
      throw new ZohoClientError(
        'invalid_options',
        `metrics must be "emf", "cloudwatch" or "off", is ${describeGiven(choice)}.`,
      );
  }
}

function createEmfReporter({ secretPrefix, now }: ReporterOptions): ClientReporter {
  const writeLine = (line: string) => process.stdout.write(`${line}\n`);
  return {
    ...createEmfApiCalls({ secretPrefix, clock: { now }, writeLine }),
    warnSecretUnavailable: (connection) =>
      writeLine(toEmfLine({ secretPrefix, connection, name: WARNING, value: 1, atMs: now() })),
  };
}

function createCloudWatchReporter(
  { secretPrefix, now }: ReporterOptions,
  putMetricData: PutMetricData,
): ClientReporter {
  return {
    ...createCloudWatchApiCalls({ putMetricData, secretPrefix, clock: { now } }),
    warnSecretUnavailable: (connection) => {
      const input: PutMetricDataInput = {
        Namespace: METRIC_NAMESPACE,
        MetricData: [undefined, connection].map((whose) => ({
          MetricName: WARNING,
          Unit: METRICS[WARNING].unit,
          Value: 1,
          Timestamp: new Date(now()),
          Dimensions: dimensionsOf(secretPrefix, whose),
        })),
      };
      putMetricData(input, { abortSignal: AbortSignal.timeout(WARNING_TIMEOUT_MS) }).catch(() => {
        // AWS is in trouble already, which is what the warning says; the next one comes in seconds.
      });
    },
  };
}

const WARNING = 'SecretUnavailable';
const WARNING_TIMEOUT_MS = 15_000;

/** Inside Lambda, CloudWatch's client is never loaded. */
function loadOnFirstUse(): PutMetricData {
  let client: CloudWatch | undefined;
  return async (input, options) => {
    if (client === undefined) {
      const { CloudWatch } = await import('@aws-sdk/client-cloudwatch');
      client ??= new CloudWatch();
    }
    return await client.putMetricData(input, options);
  };
}

const SILENT: ClientReporter = {
  record: () => {},
  warnSecretUnavailable: () => {},
  flush: () => Promise.resolve(),
};
