import type { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { limits } from '../aws-client.ts';
import type { PutMetricData } from './cloudwatch-delivery.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/** CloudWatch's SDK client is not installed. It is optional, because inside Lambda nothing needs it. */
export class CloudWatchNotInstalledError extends Error {
  override readonly name = 'CloudWatchNotInstalledError';
}

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

function explainMissing(error: unknown): never {
  throw isMissing(error) ? new CloudWatchNotInstalledError('', { cause: error }) : error;
}

/** The codes of `import` and of `require`. */
function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
