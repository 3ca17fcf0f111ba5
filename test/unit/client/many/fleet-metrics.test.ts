import { expect, test } from 'vitest';
import { countTogether } from '../../../../lambdas/client/many/fleet-metrics.ts';
import type { MetricsSource } from '../../../../lambdas/client/metrics/metrics-delivery.ts';

/** Counts one call of a connection, and returns it and whom it was counted for. */
function count(hasOwnMetrics: boolean): { readonly given: MetricsSource; readonly counted: MetricsSource[] } {
  const counted: MetricsSource[] = [];
  const given = { secretPrefix: 'zoho', connection: 'tenant-1', hasOwnMetrics: () => hasOwnMetrics };
  const record = (source: MetricsSource) => void counted.push(source);
  const metrics = { record, flush: async () => {}, droppedCalls: 0 };
  countTogether(metrics, 'zoho', 'cloudwatch').record(given, 'accepted');
  return { given, counted };
}

test('a call of a connection with its own metric is counted for it, and keeps no client in memory', () => {
  const { given, counted } = count(true);

  expect(counted.map((source) => [source.connection, source.hasOwnMetrics()])).toEqual([['tenant-1', true]]);
  expect(counted[0]?.hasOwnMetrics).not.toBe(given.hasOwnMetrics);
});

test('calls of connections without one are counted together', () => {
  const [first, second] = [count(false).counted[0], count(false).counted[0]];

  expect([first?.connection, first?.hasOwnMetrics(), second?.connection]).toEqual(['', false, '']);
});
