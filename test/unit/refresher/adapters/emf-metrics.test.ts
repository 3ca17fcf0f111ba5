import { describe, expect, test } from 'vitest';
import { createEmfMetrics } from '../../../../lambdas/refresher/adapters/emf-metrics.ts';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { NOW_MS } from '../../../support/builders.ts';

function recorder({ routineMetrics = false } = {}) {
  const lines: Record<string, unknown>[] = [];
  const clock = new ManualClock(NOW_MS);
  const metrics = createEmfMetrics({
    secretPrefix: 'team.zoho',
    hasOwnMetrics: (connection) => connection === 'crm-prod',
    routineMetrics,
    clock,
    writeLine: (line) => lines.push(JSON.parse(line)),
  });
  return { metrics, lines, clock };
}

const directive = (names: object[], ...dimensions: string[][]) => ({
  Timestamp: NOW_MS,
  CloudWatchMetrics: [{ Namespace: 'ZohoTokenRefresher', Dimensions: dimensions, Metrics: names }],
});

/** The names that a line announces as metrics. */
const namesOf = (line: Record<string, unknown>): unknown =>
  (line as { _aws: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] } })._aws.CloudWatchMetrics.flatMap(
    ({ Metrics }) => Metrics.map(({ Name }) => Name),
  );

describe('a metric of the refresher', () => {
  test('of the fleet has the deployment as its only dimension', () => {
    const { metrics, lines } = recorder();

    metrics.record({ Heartbeat: 1, FleetExpirySeconds: 90 });

    expect(lines).toEqual([
      {
        _aws: directive(
          [
            { Name: 'Heartbeat', Unit: 'Count' },
            { Name: 'FleetExpirySeconds', Unit: 'Seconds' },
          ],
          ['service'],
        ),
        service: 'team.zoho',
        Heartbeat: 1,
        FleetExpirySeconds: 90,
      },
    ]);
  });

  test('of a connection with metrics of its own counts for the fleet and for the connection', () => {
    const { metrics, lines } = recorder();

    metrics.record({ Blocked: 1 }, 'crm-prod');

    expect(lines).toEqual([
      {
        _aws: directive([{ Name: 'Blocked', Unit: 'Count' }], ['service'], ['service', 'connection']),
        service: 'team.zoho',
        connection: 'crm-prod',
        Blocked: 1,
      },
    ]);
  });

  test('of another connection counts for the fleet, and names the connection', () => {
    const { metrics, lines } = recorder();

    metrics.record({ Blocked: 1 }, 'desk');

    expect(lines).toEqual([
      {
        _aws: directive([{ Name: 'Blocked', Unit: 'Count' }], ['service']),
        service: 'team.zoho',
        connection: 'desk',
        Blocked: 1,
      },
    ]);
  });

  test('that is routine is written only if it is asked for', () => {
    const { metrics, lines } = recorder();
    const { metrics: all, lines: linesOfAll } = recorder({ routineMetrics: true });

    for (const each of [metrics, all]) {
      each.record({ RefreshSucceeded: 1, ScopeDrift: 1 }, 'crm-prod');
      each.record({ RefreshSucceeded: 1 }, 'crm-prod');
      each.record({ Heartbeat: 1, SoonestExpirySeconds: 90, FleetExpirySeconds: 90 });
    }

    expect(lines.map(namesOf)).toEqual([['ScopeDrift'], ['Heartbeat', 'FleetExpirySeconds']]);
    expect(JSON.stringify(lines)).not.toMatch(/RefreshSucceeded|SoonestExpirySeconds/);
    expect(linesOfAll.map(namesOf)).toEqual([
      ['RefreshSucceeded', 'ScopeDrift'],
      ['RefreshSucceeded'],
      ['Heartbeat', 'SoonestExpirySeconds', 'FleetExpirySeconds'],
    ]);
  });

  test('leaves nothing behind for the next one, which has its own time', () => {
    const { metrics, lines, clock } = recorder();

    metrics.record({ Throttled: 1 }, 'crm-prod');
    metrics.record({ RefreshFailed: 1 }, 'desk');
    clock.advance(1_000);
    metrics.record({ Heartbeat: 1 });

    expect(lines.at(-1)).toEqual({
      _aws: { ...directive([{ Name: 'Heartbeat', Unit: 'Count' }], ['service']), Timestamp: NOW_MS + 1_000 },
      service: 'team.zoho',
      Heartbeat: 1,
    });
    expect(lines[1]).not.toHaveProperty('Throttled');
  });
});
