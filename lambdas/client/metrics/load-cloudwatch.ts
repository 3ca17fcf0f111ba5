import type { CloudWatch, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { limits } from '../aws-client.ts';

/** `putMetricData` of the SDK's `CloudWatch`. A function, so that the SDK's client is loaded on first use. */
export type PutMetricData = (
  input: PutMetricDataInput,
  options: { readonly abortSignal: AbortSignal },
) => Promise<unknown>;

/** Name of the error if CloudWatch's SDK client is not installed. It is optional, because inside Lambda nothing needs it. */
export const NOT_INSTALLED = 'CloudWatchNotInstalledError';

const REQUEST_TIMEOUT_MS = 10_000;

/** `putMetricData` of CloudWatch's SDK client, which is loaded on first use: inside Lambda, never. */
export function loadOnFirstUse(load = loadCloudWatch): PutMetricData {
  let client: CloudWatch | undefined;
  return async (input, options) => {
    if (client === undefined) {
      const { CloudWatch } = await load().catch(explainMissing);
      client ??= new CloudWatch(limits(REQUEST_TIMEOUT_MS));
    }
    return await client.putMetricData(input, options);
  };
}

/** Bundlers accept that a package is missing if its `import` has a `catch` of its own. */
function loadCloudWatch() {
  return import('@aws-sdk/client-cloudwatch').catch(explainMissing);
}

/** The codes of `import` and of `require`. */
function explainMissing(error: unknown): never {
  const { code } = Object(error) as { code?: unknown };
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  throw isMissing ? new DOMException('', NOT_INSTALLED) : error;
}
