import { describe, expect, test } from 'vitest';
import { reportAborted, reportAttempt } from '../../../lambdas/refresher/report-attempt.ts';
import { activeConnection, blockedConnection, failureOf, NOW_MS, scheduled } from '../../support/builders.ts';
import { FakeRefresher, throws } from './fake-refresher.ts';

const blocking = {
  request: scheduled,
  result: {
    kind: 'failed',
    outcome: 'blocked',
    connection: blockedConnection(),
    replaced: activeConnection(),
    failure: failureOf('invalid_code'),
  },
  durationsMs: { total: 1 },
  endedAtMs: NOW_MS,
  isParked: false,
} as const;

describe('the report of an attempt', () => {
  test('is a log line, metrics of the connection, and the state changes that are configured', async () => {
    const world = new FakeRefresher();

    await reportAttempt(world.context, blocking);

    expect(world.logged).toEqual([
      ['warn', 'refresh failed', expect.objectContaining({ outcome: 'blocked' })],
    ]);
    expect(world.metrics).toEqual([[{ Blocked: 1, OutOfService: 1 }, 'crm-prod']]);
    expect(world.calls).toEqual(['announce (report)']);
    expect(world.announced).toEqual([[expect.objectContaining({ state: 'blocked', atMs: NOW_MS })]]);
  });

  test('announces nothing that is not configured', async () => {
    const world = new FakeRefresher();
    world.settings = { ...world.settings, announcedStates: ['recovered', 'refreshed'] };

    await reportAttempt(world.context, blocking);

    expect(world.calls).toEqual([]);
  });

  test('does not fail if the event bus does, and says what was not announced', async () => {
    const world = new FakeRefresher();
    world.onAnnounce = throws('aws_throttled');

    await reportAttempt(world.context, blocking);

    expect(world.logged.at(-1)).toEqual([
      'warn',
      'a state change could not be announced',
      {
        connection: 'crm-prod',
        states: ['blocked'],
        code: 'aws_throttled',
        reason: 'what aws_throttled means',
      },
    ]);
  });

  test('fails with a bug', async () => {
    const world = new FakeRefresher();
    world.onAnnounce = () => {
      throw new TypeError('bug');
    };

    await expect(reportAttempt(world.context, blocking)).rejects.toThrow('bug');
  });
});

describe('the weight of an attempt that failed', () => {
  const failing = (name: string) => ({
    ...blocking,
    result: {
      ...blocking.result,
      outcome: 'failed' as const,
      connection: activeConnection({ name }),
      failure: failureOf('timeout'),
    },
  });

  test.each([
    ['crm-prod', 1],
    ['acme', 0.05],
  ])('of %s is recorded for the fleet: %d', async (name, weight) => {
    const world = new FakeRefresher();
    world.fleet.remember(2_000, NOW_MS);

    await reportAttempt(world.context, failing(name));

    expect(world.metrics).toEqual([[{ RefreshFailed: 1 }, name], [{ FailingWeight: weight }]]);
  });

  test('of a tenant is nothing on demand: one caller can ask as often as it likes', async () => {
    const world = new FakeRefresher();
    const request = { kind: 'operator', rejectedGeneration: undefined } as const;

    await reportAttempt(world.context, { ...failing('acme'), request });

    expect(world.metrics).toEqual([[{ RefreshFailed: 1 }, 'acme']]);
  });
});

describe('the report of an attempt that was aborted', () => {
  const aborted = { name: 'crm-prod', failure: failureOf('internal_error') };

  test('counts for the connection', () => {
    const world = new FakeRefresher();

    reportAborted(world.context, aborted);

    expect(world.metrics).toEqual([[{ RefreshFailed: 1 }, 'crm-prod'], [{ FailingWeight: 1 }]]);
    expect(world.logged).toHaveLength(1);
  });

  test('counts for the fleet if the name is not valid', () => {
    const world = new FakeRefresher();

    reportAborted(world.context, aborted, 'fleet');

    expect(world.metrics).toEqual([[{ RefreshFailed: 1 }], [{ FailingWeight: 1 }]]);
  });
});
