import { describe, expect, test } from 'vitest';
import type { Connection, Incident } from '../../../../lambdas/core/connection/connection.ts';
import { withIncidents } from '../../../../lambdas/core/incidents/incidents.ts';
import { problemsOf } from '../../../../lambdas/core/incidents/problems.ts';
import { activeConnection, blockedConnection, HOUR_MS, NOW_MS } from '../../../support/builders.ts';

const DECLARED = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } as const;

const problems = (after: Connection, before: Connection = after) =>
  problemsOf({ before, after, declared: DECLARED }, NOW_MS);

const pending = (state: Incident['state']): readonly Incident[] => [
  { problem: 'blocked', sinceMs: NOW_MS, state },
];

describe('the problems of a connection', () => {
  test('lack no scope before it has a token', () => {
    expect(problems(activeConnection({ scope: 'other' }))).toEqual(['scope-drift']);
    expect(problems(activeConnection({ scope: 'other', token: undefined }))).toEqual([]);
  });

  test('are not that it was never authorized if its first credentials are blocked', () => {
    const first = blockedConnection({ token: undefined, credentialsVersionId: undefined });

    expect(problems(first)).toEqual(['blocked']);
  });
});

describe('rejected tokens are not over', () => {
  const rejected = activeConnection({
    incidents: [{ problem: 'tokens-rejected', sinceMs: NOW_MS - HOUR_MS, state: 'notified' }],
  });

  test.each([
    ['before a token replaces the last one', rejected, ['tokens-rejected']],
    [
      'when that one replaces it because of a complaint',
      {
        ...rejected,
        publishedGeneration: 8,
        complaints: { ...rejected.complaints, inARow: 1 },
      },
      ['tokens-rejected'],
    ],
  ])('%s', (_, after, expected) => {
    expect(problems(after, rejected)).toEqual(expected);
  });
});

describe('a pending notification', () => {
  const rewritten = (before: Connection, after: Connection) =>
    withIncidents({ before, after: { ...after, incidents: before.incidents }, declared: DECLARED }, NOW_MS);

  test('about an end is due like one about a beginning', () => {
    const before = blockedConnection({ incidents: pending('notified') });

    expect(rewritten(before, activeConnection())).toMatchObject({
      incidents: pending('ended'),
      notifyAtMs: NOW_MS + 15_000,
    });
  });

  test('waits while the connection is disabled', () => {
    const before = blockedConnection({ incidents: pending('begun'), notifyAtMs: NOW_MS });

    expect(rewritten(before, activeConnection({ status: 'disabled', notifyAtMs: NOW_MS }))).toMatchObject({
      incidents: pending('begun'),
      notifyAtMs: undefined,
    });
  });
});
