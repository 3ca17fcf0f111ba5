import { dollarsFor } from './aws-prices.ts';
import { type FleetStatus, MOST_RATES } from './fleet-status.ts';

/** A row has about 1 KB, and a strongly consistent read unit is 4 KB. */
const READ_UNITS_PER_ROW = 1 / 4;

/** What an hour of `status --watch` costs in dollars, by the rows and metrics of one look. */
export function dollarsPerHour(
  { rowsRead, connections }: Pick<FleetStatus, 'rowsRead' | 'connections'>,
  intervalSeconds: number,
): number {
  const metrics = 2 * (1 + Math.min(connections.length, MOST_RATES));
  const perLook = dollarsFor('tableRead', rowsRead * READ_UNITS_PER_ROW) + dollarsFor('metricRead', metrics);
  return (3600 / intervalSeconds) * perLook;
}
