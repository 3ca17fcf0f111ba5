import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { type MetricSum, readMetricSums } from './metric-sums.ts';

/** Calls to Zoho's APIs in the last hour, and how many of them got a 401. */
export interface CallCount {
  readonly calls: number;
  readonly unauthorized: number;
}

/** Counts of all connections together, and of each connection that has its own metric. */
export interface UnauthorizedRates {
  readonly fleet: CallCount | undefined;
  readonly connections: ReadonlyMap<string, CallCount>;
}

const HOUR_SECONDS = 3600;

/** Reads the last hour of the metric `Unauthorized`. Throws `InfrastructureError`. */
export async function readUnauthorizedRates(
  client: CloudWatchClient,
  secretPrefix: string,
  { names, nowMs }: { readonly names: readonly string[]; readonly nowMs: number },
): Promise<UnauthorizedRates> {
  const connections: (string | undefined)[] = [undefined, ...names];
  // An hour that does not start at minute 0 returns two periods, which are summed.
  const range = { startMs: nowMs - HOUR_SECONDS * 1000, endMs: nowMs, periodSeconds: HOUR_SECONDS };
  const found = await readMetricSums(client, secretPrefix, { sums: connections.flatMap(sumsOf), range });
  const known = names.flatMap((name, index) => {
    const count = countOf(found, index + 1);
    return count === undefined ? [] : [[name, count] as const];
  });
  return { fleet: countOf(found, 0), connections: new Map(known) };
}

function sumsOf(connection: string | undefined, index: number): MetricSum[] {
  const metric = 'Unauthorized';
  return [
    { id: `calls${index}`, metric, connection, statistic: 'SampleCount' },
    { id: `rejected${index}`, metric, connection, statistic: 'Sum' },
  ];
}

function countOf(found: ReadonlyMap<string, number>, index: number): CallCount | undefined {
  const calls = found.get(`calls${index}`) ?? 0;
  return calls === 0 ? undefined : { calls, unauthorized: found.get(`rejected${index}`) ?? 0 };
}
