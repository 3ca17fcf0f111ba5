import { describe, expect, test } from 'vitest';
import type { Connection, Incident } from '../../../../lambdas/core/connection/connection.ts';
import { withIncidents } from '../../../../lambdas/core/incidents/incidents.ts';
import { problemsOf } from '../../../../lambdas/core/incidents/problems.ts';
import {
  activeConnection,
  blockedConnection,
  failureOf,
  HOUR_MS,
  NOW_MS,
} from '../../../support/builders.ts';

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

describe('a connection that is blocked by the client that it shares', () => {
  const lastFailure = { ...failureOf('invalid_client_secret'), atMs: NOW_MS };
  const refused = blockedConnection({ client: 'acme', lastFailure });
  const otherwise = { ...refused, lastFailure: { ...failureOf('invalid_code'), atMs: NOW_MS } };
  const notified: Incident = {
    ...{ problem: 'client-refused', sinceMs: NOW_MS - HOUR_MS, state: 'notified' },
    client: { name: 'acme', changedAtMs: NOW_MS - HOUR_MS },
  };
  const write = (before: Connection, after: Connection) =>
    withIncidents({ before, after: { ...after, incidents: before.incidents }, declared: DECLARED }, NOW_MS)
      .incidents;

  test('has the problem of the client, and not one of its own', () => {
    expect(problems(refused)).toEqual(['client-refused']);
    expect(problems({ ...refused, client: undefined })).toEqual(['blocked']);
    expect(problems(otherwise)).toEqual(['blocked']);
    expect(problems({ ...refused, status: 'active' })).toEqual([]);
  });

  test('says which client, and since when the notification is pending', () => {
    expect(write(activeConnection(), refused)).toEqual([
      {
        problem: 'client-refused',
        sinceMs: NOW_MS,
        state: 'begun',
        client: { name: 'acme', changedAtMs: NOW_MS },
      },
    ]);
  });

  test('has recovered when Zoho accepts it, also with another client', () => {
    const over = [{ ...notified, state: 'ended', client: { name: 'acme', changedAtMs: NOW_MS } }];
    const before = { ...refused, incidents: [notified] };

    expect(write(before, refused)).toEqual([notified]);
    expect(write(before, activeConnection({ client: 'other' }))).toEqual(over);
    expect(write(before, { ...refused, client: 'other' })).toEqual(over);
    expect(write({ ...before, incidents: [{ ...notified, state: 'begun' }] }, activeConnection())).toEqual(
      [],
    );
  });

  test('stays pending at the time of its end, however often the row is written', () => {
    const over = { ...notified, state: 'ended' } as const;

    expect(write(activeConnection({ incidents: [over] }), activeConnection())).toEqual([over]);
  });

  test('is blocked by name once Zoho refuses its authorization, which ends the incident of the client', () => {
    expect(write({ ...refused, incidents: [notified] }, otherwise)).toMatchObject([
      { problem: 'client-refused', state: 'ended' },
      { problem: 'blocked', state: 'begun' },
    ]);
  });

  test('does not end what on-call was notified about by name before', () => {
    const blocked: Incident = { problem: 'blocked', sinceMs: NOW_MS, state: 'notified' };

    expect(write({ ...otherwise, incidents: [blocked] }, refused)).toMatchObject([
      { problem: 'blocked', state: 'notified' },
      { problem: 'client-refused', state: 'begun' },
    ]);
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
