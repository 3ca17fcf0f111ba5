import { describe, expect, test } from 'vitest';
import type { Look } from '../../../../cli/aws/try-read.ts';
import { judgeBudget } from '../../../../cli/doctor/budget.ts';
import type { Patient } from '../../../../cli/doctor/diagnosed-connection.ts';
import { judgeLastFailure } from '../../../../cli/doctor/last-failure.ts';
import { judgeLease } from '../../../../cli/doctor/lease.ts';
import { judgeRegistration } from '../../../../cli/doctor/registration.ts';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import { switchOff } from '../../../../lambdas/core/connection/operator-transitions.ts';
import { InfrastructureError } from '../../../../lambdas/core/failures.ts';
import {
  activeConnection,
  blockedConnection,
  coolingDownConnection,
  failureOf,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';

const EXPIRED = { versionId: 'v', issuedAtMs: NOW_MS - 70 * MINUTE_MS, expiresAtMs: NOW_MS - 10 * MINUTE_MS };

describe('registered', () => {
  const patient = (
    row: Look<Connection | undefined>,
    declared: readonly string[] = ['crm-prod'],
  ): Patient => ({
    name: 'crm-prod',
    row,
    settings: {
      kind: 'seen',
      value: {
        declaredConnections: Object.fromEntries(
          declared.map((name) => [name, { dataCenter: 'eu', scopes: [] }]),
        ),
      },
    },
    secret: { kind: 'seen', value: undefined },
    stored: { kind: 'seen', value: { kind: 'empty' } },
  });
  const seen = (value: Connection | undefined): Look<Connection | undefined> => ({ kind: 'seen', value });

  test.each([
    [activeConnection(), 'declared, active, next attempt in 24 min'],
    [pendingConnection(), 'declared, pending: it waits for its first authorization, due for 0 s'],
    [coolingDownConnection({ source: 'connected' }), 'connected, cooling-down: Zoho throttled it'],
    [blockedConnection(), 'blocked: somebody has to act, see the last failure; due for 0 s'],
  ])('a row that is attempted passes, with its status in words', (row, words) => {
    const finding = judgeRegistration(patient(seen(row)), NOW_MS);

    expect(finding).toMatchObject({ result: 'pass', found: expect.stringContaining(words) });
  });

  test.each([
    ['paused', 'zoho-tokens resume crm-prod'],
    ['disconnected', 'zoho-tokens connect crm-prod --data-center …'],
    ['revoked', 'zoho-tokens authorize crm-prod'],
  ] as const)('one that an operator has %s fails with the command that mends it', (reason, fix) => {
    const row = switchOff(activeConnection(), reason, NOW_MS);

    const finding = judgeRegistration(patient(seen(row)), NOW_MS);

    expect(finding).toMatchObject({ result: 'fail', fix });
    expect(finding.found).toContain(row.lastFailure?.message);
  });

  test('one that was retired fails, and no command of the CLI mends that', () => {
    const row = activeConnection({
      status: 'disabled',
      lastFailure: { ...failureOf('undeclared'), atMs: NOW_MS },
    });

    const finding = judgeRegistration(patient(seen(row)), NOW_MS);

    expect(finding).toMatchObject({ result: 'fail', fix: expect.stringContaining('cdk.json') });
  });

  test('a declared connection without a row points at the refresher, another one at connect', () => {
    const declared = judgeRegistration(patient(seen(undefined)), NOW_MS);
    const connected = judgeRegistration(patient(seen(undefined), []), NOW_MS);

    expect(declared).toMatchObject({ result: 'fail', fix: expect.stringContaining('RefresherSilent') });
    expect(connected).toMatchObject({ result: 'fail', fix: expect.stringContaining('zoho-tokens connect') });
  });

  test('a malformed row fails with its fault; one that may not be read is unknown', () => {
    const malformed = new InfrastructureError({
      code: 'malformed_row',
      message: 'generation: Invalid input',
    });
    const denied = new InfrastructureError(failureOf('aws_access_denied'), {
      call: { action: 'dynamodb:GetItem', resource: 'table', errorName: 'AccessDeniedException' },
    });

    const broken = judgeRegistration(patient({ kind: 'unseen', error: malformed }), NOW_MS);
    const hidden = judgeRegistration(patient({ kind: 'unseen', error: denied }), NOW_MS);

    expect(broken).toMatchObject({
      result: 'fail',
      found: expect.stringContaining('generation: Invalid input'),
    });
    expect(hidden).toMatchObject({ result: 'unknown', fix: 'You have no permission for dynamodb:GetItem.' });
  });
});

describe('last failure', () => {
  test('there is none to tell of a connection that is well', () => {
    expect(judgeLastFailure(activeConnection(), NOW_MS)).toEqual({ result: 'pass', found: 'none' });
  });

  test.each([
    ['invalid_code', 'zoho-tokens authorize crm-prod'],
    ['invalid_client', '--probe-data-centers'],
  ] as const)('what blocks a connection fails, with the token still valid: %s', (code, fix) => {
    const row = blockedConnection({ lastFailure: { ...failureOf(code), atMs: NOW_MS - 10 * MINUTE_MS } });

    const finding = judgeLastFailure(row, NOW_MS);

    expect(finding).toMatchObject({ result: 'fail', fix: expect.stringContaining(fix) });
    expect(finding.found).toContain(`what ${code} means (${code}, `);
    expect(finding.found).toContain('10 min ago');
  });

  test.each(['server_error', 'throttled', 'aws_throttled'] as const)(
    'one that mends itself fails only once the token is gone: %s',
    (code) => {
      const lastFailure = { ...failureOf(code), atMs: NOW_MS - MINUTE_MS };
      const served = judgeLastFailure(activeConnection({ lastFailure }), NOW_MS);
      const gone = judgeLastFailure(activeConnection({ lastFailure, token: EXPIRED }), NOW_MS);

      expect(served.result).toBe('pass');
      expect(served.found).toContain(`what ${code} means`);
      expect(gone.result).toBe('fail');
    },
  );

  test('a connection without credentials is not well, though nothing was refused', () => {
    const row = pendingConnection({ lastFailure: { ...failureOf('no_credentials'), atMs: NOW_MS } });

    expect(judgeLastFailure(row, NOW_MS)).toMatchObject({
      result: 'fail',
      fix: 'zoho-tokens authorize crm-prod',
    });
  });

  test('a connection that was switched off is told once, by another check', () => {
    const row = switchOff(activeConnection({ token: EXPIRED }), 'paused', NOW_MS);

    expect(judgeLastFailure(row, NOW_MS).result).toBe('pass');
  });
});

describe('budget', () => {
  const times = (count: number) => Array.from({ length: count }, (_, index) => NOW_MS - (index + 1) * 30_000);

  test('counts what is in the windows, and nothing older', () => {
    const row = activeConnection({
      mintsMs: [...times(3), NOW_MS - 13 * MINUTE_MS],
      publishesMs: [...times(2), NOW_MS - 25 * 60 * MINUTE_MS],
    });

    const { result, found } = judgeBudget(row, NOW_MS);

    expect(result).toBe('pass');
    expect(found).toContain('3 of 10 calls of Zoho');
    expect(found).toContain('2 of 90 tokens');
  });

  test('six calls leave room for the schedule, and say when one on demand is possible', () => {
    const finding = judgeBudget(activeConnection({ mintsMs: times(6) }), NOW_MS);

    expect(finding.result).toBe('pass');
    expect(finding.found).toContain('on demand again in');
  });

  test('ten calls are all that there are', () => {
    const finding = judgeBudget(activeConnection({ mintsMs: times(10) }), NOW_MS);

    expect(finding).toMatchObject({
      result: 'fail',
      found: expect.stringMatching(/^used up for another \d+ min/),
    });
  });

  test('a throttled connection says until when it is left alone', () => {
    const finding = judgeBudget(coolingDownConnection(), NOW_MS);

    expect(finding).toMatchObject({
      result: 'fail',
      found: expect.stringContaining('the next attempt is in 9 min'),
    });
  });
});

describe('lease', () => {
  const until = (untilMs: number) => activeConnection({ lease: { owner: 'somebody', untilMs } });

  test('is free, held, or was left behind', () => {
    const free = judgeLease(activeConnection(), NOW_MS);
    const held = judgeLease(until(NOW_MS + 75_000), NOW_MS);
    const dead = judgeLease(until(NOW_MS - MINUTE_MS), NOW_MS);

    expect([free, held, dead].map(({ result }) => result)).toEqual(['pass', 'pass', 'pass']);
    expect(held.found).toContain('for another 75 s at most');
    expect(dead.found).toContain('60 s ago without a word');
  });

  test('one that ends later than any lease can is the fault of a clock', () => {
    const longest = judgeLease(until(NOW_MS + 6 * MINUTE_MS), NOW_MS);
    const longer = judgeLease(until(NOW_MS + 6 * MINUTE_MS + 1), NOW_MS);

    expect(longest.result).toBe('pass');
    expect(longer).toMatchObject({ result: 'fail', found: expect.stringContaining('clock') });
  });
});
