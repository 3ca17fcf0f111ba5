import { describe, expect, test } from 'vitest';
import { type AuditedConnection, isInUse, judgeConnection } from '../../../../cli/audit/judge-connection.ts';
import { switchOff } from '../../../../lambdas/core/connection/operator-transitions.ts';
import {
  activeConnection,
  blockedConnection,
  failureOf,
  HOUR_MS,
  NOW_MS,
} from '../../../support/builders.ts';

const DAY_MS = 24 * HOUR_MS;

const WELL: AuditedConnection = {
  row: activeConnection({ scope: 'ZohoCRM.modules.READ' }),
  credentials: { clientType: 'server-based', authorizedAt: '2026-01-01T00:00:00Z', scope: undefined },
  tokenSecret: { createdAtMs: NOW_MS - 100 * DAY_MS, lastReadMs: NOW_MS - DAY_MS },
  declaredScopes: ['ZohoCRM.modules.READ'],
};

function rulesOf(overrides: Partial<AuditedConnection>): string[] {
  return judgeConnection({ ...WELL, ...overrides }, NOW_MS).map(({ rule }) => rule);
}

function authorizedAgo(ms: number): Partial<AuditedConnection> {
  const authorizedAt = new Date(NOW_MS - ms).toISOString();
  return { credentials: { clientType: 'server-based', authorizedAt, scope: undefined } };
}

test('a connection that is well has no finding', () => {
  expect(rulesOf({})).toEqual([]);
});

test('what could not be seen is no finding', () => {
  expect(rulesOf({ credentials: undefined, tokenSecret: undefined })).toEqual([]);
});

test('a self client is one', () => {
  const credentials = { clientType: 'self-client', authorizedAt: undefined, scope: undefined } as const;

  expect(rulesOf({ credentials })).toEqual(['self-client']);
});

describe('an authorization', () => {
  test('is stale after 365 days', () => {
    expect(rulesOf(authorizedAgo(365 * DAY_MS))).toEqual([]);
    expect(rulesOf(authorizedAgo(365 * DAY_MS + 1))).toEqual(['stale-authorization']);
  });
});

describe('a broad scope', () => {
  test('is told with what is narrower', () => {
    const row = activeConnection({ scope: 'ZohoCRM.modules.ALL,ZohoCRM.users.READ' });

    const findings = judgeConnection({ ...WELL, row }, NOW_MS);

    expect(findings).toMatchObject([
      {
        connection: 'crm-prod',
        rule: 'broad-scope',
        what: expect.stringMatching(/ZohoCRM\.modules\.ALL.*ZohoCRM\.modules\.READ/),
      },
    ]);
  });

  test('is known from the credentials before Zoho has told the row', () => {
    const credentials = { clientType: undefined, authorizedAt: undefined, scope: 'Desk.tickets.ALL' };

    expect(rulesOf({ row: activeConnection({ scope: undefined }), credentials })).toEqual(['broad-scope']);
  });
});

describe('a token', () => {
  const read = (lastReadMs: number | undefined, createdAtMs = NOW_MS - 100 * DAY_MS) => ({
    tokenSecret: { createdAtMs, lastReadMs },
  });

  test('is unread when nobody has read it for 30 days', () => {
    expect(rulesOf(read(NOW_MS - 30 * DAY_MS))).toEqual([]);
    expect(rulesOf(read(NOW_MS - 31 * DAY_MS))).toEqual(['unread']);
  });

  test('is unread when nobody ever has, but only once it is as old as that', () => {
    expect(rulesOf(read(undefined))).toEqual(['unread']);
    expect(rulesOf(read(undefined, NOW_MS - 2 * DAY_MS))).toEqual([]);
  });

  test('of a connection that gives none is not missed', () => {
    const row = blockedConnection({ scope: undefined });

    expect(rulesOf({ row, ...read(undefined) })).toEqual([]);
  });
});

describe('a blocked connection', () => {
  const blocked = (overrides: Parameters<typeof blockedConnection>[0]) => ({
    row: blockedConnection({ scope: undefined, ...overrides }),
  });
  const expired = (ms: number) => ({
    versionId: 'v',
    issuedAtMs: NOW_MS - ms - HOUR_MS,
    expiresAtMs: NOW_MS - ms,
  });
  const lastFailure = { ...failureOf('invalid_code'), atMs: NOW_MS - HOUR_MS / 2 };

  test('is told of after a day: refused once an hour, and without a token', () => {
    const finding = judgeConnection(
      { ...WELL, ...blocked({ failures: 30, token: expired(29 * HOUR_MS), lastFailure }) },
      NOW_MS,
    );

    expect(finding).toMatchObject([{ rule: 'blocked', fix: 'zoho-tokens doctor crm-prod' }]);
    expect(finding[0]?.what).toContain('about 29 h 30 min: what invalid_code means');
  });

  test('is left to its alarm for the first day', () => {
    expect(rulesOf(blocked({ failures: 20, token: expired(19 * HOUR_MS), lastFailure }))).toEqual([]);
  });

  test('that was paused for weeks and is refused since an hour is not blocked for weeks', () => {
    expect(rulesOf(blocked({ failures: 2, token: expired(400 * HOUR_MS), lastFailure }))).toEqual([]);
  });

  test('that an operator asked for again and again is not blocked for longer than it had no token', () => {
    expect(rulesOf(blocked({ failures: 60, token: expired(2 * HOUR_MS), lastFailure }))).toEqual([]);
  });

  test('that never had a token is blocked since its authorization', () => {
    const never = blocked({ failures: 40, token: undefined, lastFailure });

    expect(rulesOf({ ...never, ...authorizedAgo(2 * DAY_MS) })).toEqual(['blocked']);
    expect(rulesOf({ ...never, ...authorizedAgo(HOUR_MS) })).toEqual([]);
    expect(rulesOf({ ...never, credentials: undefined })).toEqual(['blocked']);
  });
});

test('a connection is audited unless it is switched off for good', () => {
  const off = (reason: 'paused' | 'disconnected' | 'revoked') =>
    switchOff(activeConnection(), reason, NOW_MS);

  expect(isInUse(activeConnection())).toBe(true);
  expect(isInUse(off('paused'))).toBe(true);
  expect(isInUse(off('disconnected'))).toBe(false);
  expect(isInUse(off('revoked'))).toBe(false);
});
