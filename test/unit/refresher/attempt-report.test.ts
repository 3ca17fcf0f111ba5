import { describe, expect, test } from 'vitest';
import { NO_COMPLAINTS } from '../../../lambdas/core/connection/connection.ts';
import { UNKNOWN_PERSON } from '../../../lambdas/core/consent/authorized-by.ts';
import type { Decline } from '../../../lambdas/core/refresh/declines.ts';
import { decide } from '../../../lambdas/core/refresh/refresh-decision.ts';
import { reportOf, reportOfAborted } from '../../../lambdas/refresher/attempt-report.ts';
import { declined, type RefreshResult } from '../../../lambdas/refresher/refresh-result.ts';
import {
  activeConnection,
  blockedConnection,
  byOperator,
  dueConnection,
  failureOf,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
  rejected,
  scheduled,
} from '../../support/builders.ts';

const NO_DRIFT = { missingScopes: [], declaredDataCenter: undefined };
const active = activeConnection();
const blocked = blockedConnection();
const paused = activeConnection({ status: 'disabled' });
const refusedOnce = activeConnection({ lastFailure: { ...failureOf('invalid_code'), atMs: NOW_MS } });
const doubted = activeConnection({ complaints: { ...NO_COMPLAINTS, inARow: 7 } });
const budgetSpent = dueConnection({ mintsMs: Array.from({ length: 10 }, () => NOW_MS - MINUTE_MS) });

const published: RefreshResult = {
  kind: 'published',
  outcome: 'refreshed',
  connection: active,
  replaced: dueConnection(),
  drift: NO_DRIFT,
};
const drifted: RefreshResult = {
  ...published,
  drift: { ...NO_DRIFT, missingScopes: ['ZohoCRM.users.READ'] },
};
const elsewhere: RefreshResult = { ...published, drift: { ...NO_DRIFT, declaredDataCenter: 'us' } };
const blockedLater = blockedConnection({ nextAttemptAtMs: NOW_MS + MINUTE_MS });
const leaseLost: RefreshResult = { kind: 'lease-lost', outcome: 'in-progress', connection: active };

function failed(
  code: Parameters<typeof failureOf>[0],
  details: Partial<RefreshResult & { kind: 'failed' }> = {},
): RefreshResult {
  return { kind: 'failed', outcome: 'failed', connection: active, failure: failureOf(code), ...details };
}

function declinedFor(connection: typeof active, request = scheduled): RefreshResult {
  const decision = decide(connection, request, NOW_MS);
  if (decision.action !== 'none') throw new Error(`The decision was ${decision.action}.`);
  return declined(connection, decision);
}

const stillBlocked: Decline = {
  action: 'none',
  reason: 'refused-credentials',
  outcome: 'blocked',
  message: 'why',
  retryAtMs: undefined,
};

const report = (result: RefreshResult, request = scheduled) =>
  reportOf({ request, result, durationsMs: { total: 1 }, endedAtMs: NOW_MS, isParked: false });

describe('the report of an attempt', () => {
  test.each<[string, RefreshResult, string, string, object[]]>([
    ['that published', published, 'info', 'refreshed', [{ RefreshSucceeded: 1 }]],
    ['whose token lacks a scope', drifted, 'warn', 'refreshed', [{ RefreshSucceeded: 1, ScopeDrift: 1 }]],
    ['that was not due', declinedFor(active), 'info', 'not refreshed', []],
    ['without a budget', declinedFor(budgetSpent), 'info', 'not refreshed', [{ BudgetExhausted: 1 }]],
    [
      'of a connection that stays blocked',
      declined(blocked, stillBlocked),
      'info',
      'not refreshed',
      [{ Blocked: 1, OutOfService: 1 }],
    ],
    ['of an active connection that was blocked', declined(active, stillBlocked), 'info', 'not refreshed', []],
    ['of a paused connection', declinedFor(paused), 'info', 'not refreshed', [{ OutOfService: 1 }]],
    ['that was declined while blocked', declinedFor(blockedLater), 'info', 'not refreshed', []],
    ['with credentials of another data center', elsewhere, 'warn', 'refreshed', [{ RefreshSucceeded: 1 }]],
    [
      'without credentials that lost its lease',
      failed('no_credentials', { leaseLost: true }),
      'warn',
      'waiting for credentials',
      [],
    ],
    [
      'that was refused again',
      failed('invalid_code', { connection: blocked }),
      'warn',
      'refresh failed',
      [{ Blocked: 1, OutOfService: 1 }],
    ],
    ['that timed out', failed('timeout'), 'warn', 'refresh failed', [{ RefreshFailed: 1 }]],
    ['that was throttled', failed('throttled'), 'warn', 'refresh failed', [{ Throttled: 1 }]],
    ['that was refused', failed('invalid_code'), 'warn', 'refresh failed', [{ Blocked: 1, OutOfService: 1 }]],
    [
      'that was refused for the first time',
      failed('invalid_code', { connection: refusedOnce, replaced: active }),
      'warn',
      'refresh failed',
      [{ Refused: 1, OutOfService: 1 }],
    ],
    [
      'that was refused with many others',
      failed('invalid_code', { connection: refusedOnce, replaced: active, isMassRefusal: true }),
      'warn',
      'refresh failed',
      [{ Refused: 1, RefreshFailed: 1, OutOfService: 1 }],
    ],
    [
      'whose first refusal could not be written',
      failed('invalid_code', { connection: refusedOnce, unwritten: failureOf('aws_unavailable') }),
      'warn',
      'refresh failed',
      [{ Blocked: 1, OutOfService: 1 }, { RefreshFailed: 1 }],
    ],
    [
      'that timed out while the connection is blocked',
      failed('timeout', { connection: blocked }),
      'warn',
      'refresh failed',
      [{ RefreshFailed: 1, Blocked: 1, OutOfService: 1 }],
    ],
    [
      'whose failure could not be written',
      failed('throttled', { unwritten: failureOf('aws_unavailable') }),
      'warn',
      'refresh failed',
      [{ Throttled: 1 }, { RefreshFailed: 1 }],
    ],
    ['without credentials', failed('no_credentials'), 'info', 'waiting for credentials', []],
    ['of a connection that is no longer declared', failed('undeclared'), 'warn', 'connection retired', []],
    [
      'that lost its lease',
      leaseLost,
      'warn',
      'the lease was taken over before this attempt could write its token',
      [],
    ],
  ])('%s', (_, result, level, message, metrics) => {
    const { logLine, ...left } = report(result);

    expect({ level: logLine.level, message: logLine.message }).toEqual({ level, message });
    expect(left.metrics).toEqual(metrics);
  });

  test.each<[string, RefreshResult, string, string, object[]]>([
    ['without a budget', declinedFor(budgetSpent, rejected(7)), 'info', 'not refreshed', []],
    [
      'whose complaint would not help',
      declinedFor(doubted, rejected(7)),
      'warn',
      'consumers reject fresh tokens',
      [{ ComplaintsDeclined: 1 }],
    ],
    ['whose calls AWS throttles before the lease', failed('aws_throttled'), 'warn', 'refresh failed', []],
    [
      'whose calls AWS throttles after the lease',
      failed('aws_throttled', { replaced: active }),
      'warn',
      'refresh failed',
      [{ RefreshFailed: 1 }],
    ],
    [
      'whose failure after the lease could not be written either',
      failed('aws_throttled', { unwritten: failureOf('aws_throttled') }),
      'warn',
      'refresh failed',
      [{ RefreshFailed: 1 }, { RefreshFailed: 1 }],
    ],
    [
      'for which AWS fails for another reason',
      failed('aws_unavailable'),
      'warn',
      'refresh failed',
      [{ RefreshFailed: 1 }],
    ],
  ])('of a consumer %s', (_, result, level, message, metrics) => {
    const { logLine, ...left } = report(result, rejected(7));

    expect(logLine).toMatchObject({ level, message, fields: { connection: 'crm-prod' } });
    expect(left.metrics).toEqual(metrics);
  });

  test.each([
    ['the schedule', scheduled],
    ['an operator', byOperator],
  ])('of %s counts that AWS throttles before the lease', (_, request) => {
    expect(report(failed('aws_throttled'), request).metrics).toEqual([{ RefreshFailed: 1 }]);
  });

  test.each<[string, RefreshResult, string[]]>([
    [
      'a connection that was blocked',
      failed('invalid_code', { connection: blocked, replaced: active }),
      ['blocked'],
    ],
    ['a connection that recovered', { ...published, replaced: blocked }, ['recovered']],
    ['a failure that could not be written', failed('invalid_code', { connection: blocked }), []],
    ['a lease that was lost', leaseLost, []],
    ['a decline', declinedFor(active), []],
  ])('announces %s once it is written', (_, result, states) => {
    expect(report(result).stateChanges.map(({ state }) => state)).toEqual(states);
  });

  test('announces who authorized the connection, and does not log it', () => {
    const authorization = { by: { ...UNKNOWN_PERSON, zuid: '20100001' }, atMs: NOW_MS };
    const results: RefreshResult[] = [
      { ...published, replaced: blocked, authorization },
      failed('invalid_code', { connection: blocked, replaced: active, authorization }),
    ];

    for (const { stateChanges, logLine } of results.map((result) => report(result))) {
      expect(stateChanges).toEqual([expect.objectContaining({ authorization })]);
      expect(JSON.stringify(logLine)).not.toContain('20100001');
    }
  });

  test('says who asked, and which token was rejected', () => {
    expect(report(published).logLine.fields).toMatchObject({ trigger: 'schedule' });
    expect(report(published, rejected(7)).logLine.fields).toMatchObject({
      trigger: 'unauthorized',
      rejectedGeneration: 7,
    });
    expect(
      report(published, { kind: 'consumer', rejectedGeneration: 7, claim: 'expired' }).logLine.fields,
    ).toMatchObject({
      trigger: 'expired',
    });
  });

  test.each<[string, RefreshResult, object]>([
    ['why nothing was attempted', declinedFor(active), { decision: 'not-due', reason: expect.any(String) }],
    [
      'the failure, its class and its cause',
      failed('timeout', { cause: new Error('wrapper', { cause: new TypeError('fetch failed') }) }),
      { code: 'timeout', class: 'transient', reason: 'what timeout means', cause: 'TypeError' },
    ],
    [
      'why a failure could not be written',
      failed('timeout', { unwritten: failureOf('aws_throttled') }),
      { unwritten: 'aws_throttled' },
    ],
    [
      'that a refusal is not confirmed',
      failed('invalid_code', { connection: refusedOnce, replaced: active }),
      { confirmed: false },
    ],
    [
      'that many were refused at once',
      failed('invalid_code', { connection: refusedOnce, replaced: active, isMassRefusal: true }),
      { confirmed: false, massRefusal: true },
    ],
    ['that the lease was lost', failed('timeout', { leaseLost: true }), { leaseLost: true }],
    ['that the lease was lost after a success', leaseLost, { leaseLost: true }],
    [
      'when the token expires and the next attempt is due',
      published,
      {
        expiresAt: '2026-01-05T09:30:00.000Z',
        nextAttemptAt: '2026-01-05T09:24:00.000Z',
        durationsMs: { total: 1 },
      },
    ],
    [
      'when the caller may ask again, if that is not when the next attempt is due',
      failed('timeout', { retryAtMs: NOW_MS }),
      { nextAttemptAt: '2026-01-05T09:00:00.000Z' },
    ],
    [
      'that there is no token',
      failed('timeout', { connection: pendingConnection() }),
      { expiresAt: undefined },
    ],
    ['which data center was declared', elsewhere, { declaredDataCenter: 'us' }],
    ['which scopes are missing', drifted, { missingScopes: ['ZohoCRM.users.READ'] }],
  ])('says %s', (_, result, fields) => {
    expect(report(result).logLine.fields).toMatchObject(fields);
  });
});

describe('the report of an attempt that was aborted', () => {
  test('is an error with the failure, and counts it', () => {
    const failure = failureOf('internal_error');

    expect(reportOfAborted({ name: 'crm-prod', failure, bug: 'where' })).toEqual({
      logLine: {
        level: 'error',
        message: 'refresh failed',
        fields: {
          connection: 'crm-prod',
          outcome: 'failed',
          trigger: 'schedule',
          code: 'internal_error',
          class: 'transient',
          reason: 'what internal_error means',
          bug: 'where',
        },
      },
      metrics: [{ RefreshFailed: 1 }],
      stateChanges: [],
    });
  });

  test('without a bug names none', () => {
    const failure = failureOf('aws_throttled');

    expect(reportOfAborted({ name: 'crm-prod', failure }).logLine.fields).not.toHaveProperty('bug');
  });

  test('of a blocked connection keeps its alarm on', () => {
    const failure = failureOf('internal_error');

    expect(reportOfAborted({ name: 'crm-prod', connection: blocked, failure }).metrics).toEqual([
      { RefreshFailed: 1, Blocked: 1, OutOfService: 1 },
    ]);
  });
});
