import {
  type CloudWatchClient,
  type MetricDataQuery,
  type MetricDataResult,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { translateAwsError } from '../../lambdas/adapters/aws-errors.ts';
import { CONNECTION_DIMENSION, METRIC_NAMESPACE, SERVICE_DIMENSION } from '../../lambdas/core/metrics.ts';

/** Calls of Zoho's APIs in the last hour, and how many were answered with 401. */
export interface CallCount {
  readonly calls: number;
  readonly unauthorized: number;
}

/** Of the fleet, and of each connection that has a metric of its own. */
export interface UnauthorizedRates {
  readonly fleet: CallCount | undefined;
  readonly connections: ReadonlyMap<string, CallCount>;
}

const HOUR_SECONDS = 3600;
/** CloudWatch's limit of a request is 500 queries, and each count needs two. */
const SUBJECTS_PER_REQUEST = 200;

/** Counts the last hour's calls by the metric `Unauthorized`. Throws `InfrastructureError`. */
export async function readUnauthorizedRates(
  client: CloudWatchClient,
  secretPrefix: string,
  { names, nowMs }: { readonly names: readonly string[]; readonly nowMs: number },
): Promise<UnauthorizedRates> {
  const subjects: (string | undefined)[] = [undefined, ...names];
  const counts: (CallCount | undefined)[] = [];
  for (let at = 0; at < subjects.length; at += SUBJECTS_PER_REQUEST) {
    const some = subjects.slice(at, at + SUBJECTS_PER_REQUEST);
    const queries = some.flatMap((name, index) => queriesOf(secretPrefix, name, index));
    const results = await query(client, queries, nowMs);
    counts.push(...some.map((_, index) => countOf(results, index)));
  }
  const [fleet, ...each] = counts;
  const known = names.flatMap((name, index) => {
    const count = each[index];
    return count === undefined ? [] : [[name, count] as const];
  });
  return { fleet, connections: new Map(known) };
}

function queriesOf(secretPrefix: string, name: string | undefined, index: number): MetricDataQuery[] {
  const Dimensions = [
    { Name: SERVICE_DIMENSION, Value: secretPrefix },
    ...(name === undefined ? [] : [{ Name: CONNECTION_DIMENSION, Value: name }]),
  ];
  const Metric = { Namespace: METRIC_NAMESPACE, MetricName: 'Unauthorized', Dimensions };
  return [
    { Id: `calls${index}`, MetricStat: { Metric, Period: HOUR_SECONDS, Stat: 'SampleCount' } },
    { Id: `rejected${index}`, MetricStat: { Metric, Period: HOUR_SECONDS, Stat: 'Sum' } },
  ];
}

async function query(
  client: CloudWatchClient,
  MetricDataQueries: MetricDataQuery[],
  nowMs: number,
): Promise<readonly MetricDataResult[]> {
  const StartTime = new Date(nowMs - HOUR_SECONDS * 1000);
  const input = { MetricDataQueries, StartTime, EndTime: new Date(nowMs) };
  const results: MetricDataResult[] = [];
  try {
    for await (const page of paginateGetMetricData({ client }, input)) {
      results.push(...(page.MetricDataResults ?? []));
    }
  } catch (error) {
    throw translateAwsError(error, { action: 'cloudwatch:GetMetricData', resource: METRIC_NAMESPACE });
  }
  return results;
}

/** An hour that is not aligned to the clock comes in two periods: they are added up. */
function countOf(results: readonly MetricDataResult[], index: number): CallCount | undefined {
  const sumOf = (id: string) =>
    results
      .filter(({ Id }) => Id === id)
      .flatMap(({ Values = [] }) => Values)
      .reduce((sum, value) => sum + value, 0);
  const calls = sumOf(`calls${index}`);
  return calls === 0 ? undefined : { calls, unauthorized: sumOf(`rejected${index}`) };
}
