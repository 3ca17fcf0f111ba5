import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { expect, test, vi } from 'vitest';
import { readFleetStatus } from '../../../../cli/reports/fleet-status.ts';
import { renderStatus } from '../../../../cli/reports/render-status.ts';
import type { Session } from '../../../../cli/session.ts';
import { colorsFor } from '../../../../cli/terminal/colors.ts';
import { activeConnection, blockedConnection, NOW_MS } from '../../../support/builders.ts';

const ALL = { name: undefined, all: false };

function sessionOf(size: number) {
  const cloudWatch = new CloudWatchClient({ region: 'eu-west-1' });
  const send = vi.spyOn(cloudWatch, 'send').mockImplementation(() => Promise.resolve({}));
  const rows = Array.from({ length: size }, (_, index) =>
    index % 20 === 0 ? blockedConnection({ name: `b-${index}` }) : activeConnection({ name: `a-${index}` }),
  );
  const session = {
    aws: { cloudWatch },
    runtime: { clock: { now: () => NOW_MS } },
    deployment: () => Promise.resolve({ stackName: 'Stack', secretPrefix: 'zoho' }),
    list: () => Promise.resolve(rows),
  } as unknown as Session;
  const metricsAsked = () =>
    send.mock.calls.flatMap(([command]) =>
      command instanceof GetMetricDataCommand ? [command.input.MetricDataQueries?.length] : [],
    );
  return { session, send, metricsAsked };
}

test.each([
  ['the problems of 10,000 connections cost two calls and 102 metrics', false, 102],
  ['all of 10,000 connections cost two calls and 482 metrics', true, 482],
])('%s', async (_, all, metrics) => {
  const { session, send, metricsAsked } = sessionOf(10_000);

  const fleet = await readFleetStatus(session, { ...ALL, all });

  expect(send).toHaveBeenCalledTimes(2);
  expect(metricsAsked()).toEqual([metrics]);
  expect(fleet.summary).toMatchObject({ connections: 10_000, states: { blocked: 500, healthy: 9_500 } });
  expect(fleet.connections).toHaveLength(all ? 10_000 : 50);
});

/** What the rows need: 10 MB in pages of 1 MB (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html). */
const PAGES = 10;
const CALL_MS = 100;

test('all of 10,000 connections take less than 3 s if each call of AWS takes 100 ms', async () => {
  const { session, send } = sessionOf(10_000);
  const before = process.cpuUsage();

  const fleet = await readFleetStatus(session, { ...ALL, all: true });
  const text = renderStatus(fleet, { colors: colorsFor(process.stdout, { NO_COLOR: '1' }), columns: 80 });

  const { user, system } = process.cpuUsage(before);
  expect(text.split('\n').length).toBeGreaterThan(10_000);
  const callsMs = (PAGES + send.mock.calls.length) * CALL_MS;
  expect((user + system) / 1000 + callsMs).toBeLessThan(3_000);
});

test('a pattern and --blocked choose the connections that count', async () => {
  const { session } = sessionOf(100);

  const blocked = await readFleetStatus(session, { ...ALL, only: 'blocked' });
  const pattern = await readFleetStatus(session, { ...ALL, name: 'a-1*' });

  expect(blocked.summary).toMatchObject({ connections: 5, states: { blocked: 5 } });
  expect(blocked.hasProblem).toBe(true);
  expect(pattern.summary).toMatchObject({ connections: 11, states: { healthy: 11 } });
  expect(pattern.hasProblem).toBe(false);
});
