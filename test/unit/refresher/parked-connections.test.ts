import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { refreshConnection } from '../../../lambdas/refresher/refresh-connection.ts';
import { refreshDue } from '../../../lambdas/refresher/refresh-due.ts';
import { blockedConnection, HOUR_MS, NOW_MS, pendingConnection, scheduled } from '../../support/builders.ts';
import { FakeRefresher } from './fake-refresher.ts';

const WEEK_MS = 7 * 24 * HOUR_MS;

const blockedSince = (blockedAtMs: number) => blockedConnection({ blockedAtMs });
const PARKED = blockedSince(NOW_MS - WEEK_MS);
const ALMOST_PARKED = blockedSince(NOW_MS - WEEK_MS + 1);

async function attempt(seen: Connection): Promise<FakeRefresher> {
  const world = new FakeRefresher(seen);
  await refreshConnection(world.context, seen, scheduled);
  return world;
}

/** A tick with a bug in the attempt. */
async function tickWithBug(row: Connection): Promise<FakeRefresher> {
  const world = new FakeRefresher(row);
  world.onCredentials = () => {
    throw new TypeError('bug');
  };
  await refreshDue(world.context, {
    maxInFlight: 1,
    pace: () => Promise.resolve(),
    hasTimeForOneMore: () => true,
  });
  return world;
}

const countedFor = ({ metrics }: FakeRefresher) => metrics.filter(([, name]) => name === 'crm-prod');

describe('a connection that has been blocked for the configured days', () => {
  test('is counted nowhere, is logged as parked, and is looked at in an hour', async () => {
    const { metrics, logged, row } = await attempt(PARKED);

    expect(metrics).toEqual([]);
    expect(logged[0]?.[2]).toMatchObject({ status: 'blocked', parked: true });
    expect(row?.nextAttemptAtMs).toBe(NOW_MS + HOUR_MS);
  });

  test('is not counted either after a bug', async () => {
    expect(countedFor(await tickWithBug(PARKED))).toEqual([]);
  });
});

describe('a connection that has been blocked for a moment less', () => {
  test('is counted as blocked, and is not logged as parked', async () => {
    const { metrics, logged, row } = await attempt(ALMOST_PARKED);

    expect(metrics).toEqual([[{ Blocked: 1, OutOfService: 1 }, 'crm-prod']]);
    expect(logged[0]?.[2]).not.toHaveProperty('parked');
    expect(row?.nextAttemptAtMs).toBe(NOW_MS + HOUR_MS / 12);
  });

  test('is counted after a bug', async () => {
    expect(countedFor(await tickWithBug(ALMOST_PARKED))).toEqual([
      [{ RefreshFailed: 1, Blocked: 1, OutOfService: 1 }, 'crm-prod'],
    ]);
  });
});

describe('credentials whose authorization has ended', () => {
  test('are not sent to Zoho, and the row says what to do', async () => {
    const world = await attempt(pendingConnection({ endedCredentials: 'credentials-1' }));

    expect(world.calls).not.toContain('zoho');
    expect(world.row?.lastFailure).toMatchObject({
      code: 'no_credentials',
      message:
        'The authorization of the stored credentials has ended: it was revoked, or Zoho refused it before the connection was disconnected. Run: zoho-tokens authorize crm-prod',
    });
  });

  test('do not stand in the way of those that replace them', async () => {
    const { row } = await attempt(pendingConnection({ endedCredentials: 'credentials-0' }));

    expect(row).toMatchObject({ status: 'active', publishedGeneration: 1 });
  });
});
