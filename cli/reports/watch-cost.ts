import { type FleetStatus, MOST_RATES } from './fleet-status.ts';

/** us-east-1, on demand. Source: https://aws.amazon.com/dynamodb/pricing/on-demand/ */
const DOLLARS_PER_READ_UNIT = 0.125 / 1_000_000;
/** A row has about 1 KB, and a strongly consistent read unit is 4 KB. */
const READ_UNITS_PER_ROW = 1 / 4;
/** Source: https://aws.amazon.com/cloudwatch/pricing/, GetMetricData. */
const DOLLARS_PER_METRIC = 0.01 / 1_000;

/** What an hour of `status --watch` costs, by the rows and metrics of one look. */
export function dollarsPerHour(
  { rowsRead, connections }: Pick<FleetStatus, 'rowsRead' | 'connections'>,
  intervalSeconds: number,
): number {
  const metrics = 2 * (1 + Math.min(connections.length, MOST_RATES));
  const perLook = rowsRead * READ_UNITS_PER_ROW * DOLLARS_PER_READ_UNIT + metrics * DOLLARS_PER_METRIC;
  return (3600 / intervalSeconds) * perLook;
}
