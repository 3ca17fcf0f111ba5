import { expect, test } from 'vitest';
import { type AuditedConnection, isInUse, judgeConnection } from '../../../../cli/audit/judge-connection.ts';
import { disableConnection } from '../../../../lambdas/core/connection/operator-transitions.ts';
import {
  activeConnection,
  blockedConnection,
  failureOf,
  HOUR_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

const DAY_MS = 24 * HOUR_MS;

const HEALTHY: AuditedConnection = {
  row: activeConnection({ scope: 'ZohoCRM.modules.READ' }),
  credentials: { clientType: 'server-based', authorizedAt: '2026-01-01T00:00:00Z', scope: undefined },
  tokenSecret: { createdAtMs: NOW_MS - 100 * DAY_MS, lastReadMs: NOW_MS - DAY_MS },
  missingSecrets: [],
  leftovers: [],
  declaredScopes: ['ZohoCRM.modules.READ'],
};

const judge = (overrides: Partial<AuditedConnection>) =>
  judgeConnection({ ...HEALTHY, ...overrides }, NOW_MS);

const authorized = (agoMs: number) => ({
  credentials: {
    clientType: 'server-based',
    authorizedAt: new Date(NOW_MS - agoMs).toISOString(),
    scope: undefined,
  } as const,
});

const lastRead = (agoMs: number | undefined, createdAgoMs = 100 * DAY_MS) => ({
  tokenSecret: {
    createdAtMs: NOW_MS - createdAgoMs,
    lastReadMs: agoMs === undefined ? undefined : NOW_MS - agoMs,
  },
});

/** A blocked connection whose last attempt was half an hour ago. `expiredAgoMs`: when its last token expired. */
const blocked = (failures: number, expiredAgoMs?: number) => ({
  row: blockedConnection({
    scope: undefined,
    failures,
    lastFailure: { ...failureOf('invalid_code'), atMs: NOW_MS - HOUR_MS / 2 },
    token:
      expiredAgoMs === undefined
        ? undefined
        : {
            versionId: 'v',
            issuedAtMs: NOW_MS - expiredAgoMs - HOUR_MS,
            expiresAtMs: NOW_MS - expiredAgoMs,
          },
  }),
});

test.each<[fact: string, overrides: Partial<AuditedConnection>, rules: string[]]>([
  ['a healthy connection has no finding', {}, []],
  [
    'what a move has left in the other store is one',
    { leftovers: ['zoho-tokens/crm-prod'] },
    ['unfinished-move'],
  ],
  ['what could not be read is not a finding', { credentials: undefined, tokenSecret: undefined }, []],
  [
    'a self client is a finding',
    { credentials: { clientType: 'self-client', authorizedAt: undefined, scope: undefined } },
    ['self-client'],
  ],
  ['an authorization is not stale for 365 days', authorized(365 * DAY_MS), []],
  ['an authorization is stale after 365 days', authorized(365 * DAY_MS + 1), ['stale-authorization']],
  [
    'a broad scope is known from the credentials before Zoho has reported it for the row',
    {
      row: activeConnection({ scope: undefined }),
      credentials: { clientType: undefined, authorizedAt: undefined, scope: 'Desk.tickets.ALL' },
    },
    ['broad-scope'],
  ],
  ['a token read 30 days ago is in use', lastRead(30 * DAY_MS), []],
  ['a token read 31 days ago is unread', lastRead(31 * DAY_MS), ['unread']],
  ['a token that was never read is unread', lastRead(undefined), ['unread']],
  ['a new token that was never read is not unread', lastRead(undefined, 2 * DAY_MS), []],
  [
    'the token of a blocked connection is not unread',
    { row: blockedConnection({ scope: undefined }), ...lastRead(undefined) },
    [],
  ],
  ['a connection blocked for less than a day is left to its alarm', blocked(20, 19 * HOUR_MS), []],
  ['paused for weeks and blocked for an hour is not blocked for weeks', blocked(2, 400 * HOUR_MS), []],
  [
    'many attempts of an operator do not make it blocked for longer than it has had no token',
    blocked(60, 2 * HOUR_MS),
    [],
  ],
  [
    'without any token it is blocked since its authorization: 2 days',
    { ...blocked(40), ...authorized(2 * DAY_MS) },
    ['blocked'],
  ],
  [
    'without any token it is blocked since its authorization: 1 hour',
    { ...blocked(40), ...authorized(HOUR_MS) },
    [],
  ],
  [
    'without any token and credentials it is blocked since its first failure',
    { ...blocked(40), credentials: undefined },
    ['blocked'],
  ],
])('%s', (_, overrides, rules) => {
  expect(judge(overrides).map(({ rule }) => rule)).toEqual(rules);
});

test('a broad scope is reported with narrower ones', () => {
  const row = activeConnection({ scope: 'ZohoCRM.modules.ALL,ZohoCRM.users.READ' });

  expect(judge({ row })).toMatchObject([
    {
      connection: 'crm-prod',
      rule: 'broad-scope',
      what: expect.stringMatching(/ZohoCRM\.modules\.ALL.*ZohoCRM\.modules\.READ/),
    },
  ]);
});

test('a connection blocked for more than a day is reported with its failure', () => {
  expect(judge(blocked(30, 29 * HOUR_MS))).toMatchObject([
    {
      rule: 'blocked',
      what: expect.stringContaining('about 29 h 30 min: what invalid_code means'),
      fix: 'Run: zoho-tokens doctor crm-prod',
    },
  ]);
});

test('a connection is audited while it is active or paused, not when it is disconnected or revoked', () => {
  const off = (['paused', 'disconnected', 'revoked'] as const).map((reason) =>
    disableConnection(activeConnection(), reason, NOW_MS),
  );

  expect([activeConnection(), ...off].map(isInUse)).toEqual([true, true, false, false]);
});

test.each<[fact: string, overrides: Partial<AuditedConnection>, expected: readonly string[]]>([
  [
    'both secrets are gone',
    { missingSecrets: ['credentials', 'access-token'] },
    ['credentials', 'access-token'],
  ],
  [
    'its credentials are those of the deployment that it follows',
    {
      row: activeConnection({ follows: { secretPrefix: 'old', generation: 1 } }),
      missingSecrets: ['credentials'],
    },
    [],
  ],
  ['it never had credentials', { row: pendingConnection(), missingSecrets: ['credentials'] }, []],
])('a row without secrets: %s', (_, overrides, expected) => {
  const found = judge(overrides).filter(({ rule }) => rule === 'row-without-secret');

  expect(found.map(({ what }) => /its ([\w-]+) secret/.exec(what)?.[1])).toEqual(expected);
});

test('since when a connection is blocked is not estimated if it is recorded', () => {
  const row = blockedConnection({ scope: undefined, blockedAtMs: NOW_MS - 3 * DAY_MS });

  expect(judge({ row })).toMatchObject([{ rule: 'blocked', what: expect.stringContaining('for about 3 d') }]);
});
