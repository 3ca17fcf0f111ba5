import type { CloudWatch, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { limits } from '../aws-client.ts';

/** `putMetricData` of the SDK's `CloudWatch`. A function, so that the SDK's client is loaded on first use. */
export type PutMetricData = (
  input: PutMetricDataInput,
  options: { readonly abortSignal: AbortSignal },
) => Promise<unknown>;

const REQUEST_TIMEOUT_MS = 10_000;

/** `putMetricData` of CloudWatch's SDK client, which is loaded on first use: inside Lambda, never. */
export const loadOnFirstUse = (load = loadCloudWatch): PutMetricData => {
  let client: CloudWatch | undefined;
  return async (input, options) => {
    client ??= new (await load()).CloudWatch(limits(REQUEST_TIMEOUT_MS));
    return await client.putMetricData(input, options);
  };
};

/** Bundlers accept that a package is missing if its `import` has a `catch` of its own. */
const loadCloudWatch = () =>
  import('@aws-sdk/client-cloudwatch').catch((error: unknown) => {
    throw error;
  });
