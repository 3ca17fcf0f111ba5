import { describe, expect, test } from 'vitest';
import type { ReadResult } from '../../../../cli/aws/try-read.ts';
import { judgeBudget } from '../../../../cli/doctor/budget.ts';
import type { Finding } from '../../../../cli/doctor/finding.ts';
import { judgeLastFailure } from '../../../../cli/doctor/last-failure.ts';
import { judgeLease } from '../../../../cli/doctor/lease.ts';
import { judgeRegistration } from '../../../../cli/doctor/registration.ts';
import type { Connection } from '../../../../lambdas/core/connection/connection.ts';
import {
  type DisableReason,
  disableConnection,
} from '../../../../lambdas/core/connection/operator-transitions.ts';
import { type FailureCode, InfrastructureError } from '../../../../lambdas/core/failures.ts';
import {
  activeConnection,
  blockedConnection,
  coolingDownConnection,
  failureOf,
  MINUTE_MS,
  NOW_MS,
  pendingConnection,
} from '../../../support/builders.ts';
import { denied, finding, read } from './findings.ts';

const failed = (code: FailureCode, agoMs = 0) => ({ ...failureOf(code), atMs: NOW_MS - agoMs });

/** Zoho's refusal may be a mistake of Zoho's, so this comes first. */
const ASK_AGAIN = 'Run: zoho-tokens refresh crm-prod, which asks Zoho again. If it still refuses:';

/** An active connection whose token has expired. */
const expired = (overrides: Partial<Connection> = {}) =>
  activeConnection({
    token: { versionId: 'v', issuedAtMs: NOW_MS - 70 * MINUTE_MS, expiresAtMs: NOW_MS - 10 * MINUTE_MS },
    ...overrides,
  });

describe('registered', () => {
  const judge = (row: ReadResult<Connection | undefined>, declared = ['crm-prod']): Finding => {
    const entries = declared.map((name) => [name, { dataCenter: 'eu', scopes: [] }]);
    const settings = read({ declaredConnections: Object.fromEntries(entries) });
    const [secret, tokenSecret] = [read(undefined), read(undefined)];
    return judgeRegistration(
      { name: 'crm-prod', row, settings, secret, tokenSecret, stored: read({ kind: 'empty' }) },
      { nowMs: NOW_MS, parkAfterMs: 168 * 60 * MINUTE_MS },
    );
  };
  const malformed = new InfrastructureError({ code: 'malformed_row', message: 'generation: Invalid input' });
  const retired = activeConnection({ status: 'disabled', lastFailure: failed('undeclared') });

  test.each<[fact: string, actual: Finding, expected: unknown]>([
    ['active', judge(read(activeConnection())), finding('pass', 'declared, active, next attempt in 24 min')],
    [
      'pending',
      judge(read(pendingConnection())),
      finding('pass', 'declared, pending: waiting for the first authorization, due for 0 s'),
    ],
    [
      'cooling down',
      judge(read(coolingDownConnection({ source: 'connected' }))),
      finding('pass', 'connected, cooling-down: Zoho throttled it'),
    ],
    [
      'blocked',
      judge(read(blockedConnection())),
      finding('pass', 'blocked: it needs you to act, see last-failure; due for 0 s'),
    ],
    [
      'blocked since it is recorded',
      judge(read(blockedConnection({ blockedAtMs: NOW_MS - 180 * MINUTE_MS }))),
      finding('pass', 'blocked for 3 h: it needs you to act, see last-failure; due for 0 s'),
    ],
    [
      'parked',
      judge(read(blockedConnection({ blockedAtMs: NOW_MS - 14_400 * MINUTE_MS }))),
      finding('pass', 'parked: blocked for 10 d, so Zoho is asked once a day, see last-failure; due for 0 s'),
    ],
    ['retired: no command of the CLI fixes that', judge(read(retired)), finding('fail', '', 'cdk.json')],
    ['declared, without a row', judge(read(undefined)), finding('fail', '', 'RefresherSilent')],
    ['not declared, without a row', judge(read(undefined), []), finding('fail', '', 'zoho-tokens connect')],
    [
      'a malformed row',
      judge({ kind: 'unavailable', error: malformed }),
      finding('fail', 'generation: Invalid input'),
    ],
    [
      'a row without permission',
      judge(denied('dynamodb:GetItem')),
      finding('unknown', '', 'You have no permission for dynamodb:GetItem.'),
    ],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  test.each<[DisableReason, string]>([
    ['paused', 'Run: zoho-tokens resume crm-prod'],
    ['disconnected', 'Run: zoho-tokens connect crm-prod --data-center …'],
    ['revoked', 'Run: zoho-tokens authorize crm-prod'],
  ])('a connection that an operator %s fails with the command that fixes it', (reason, fix) => {
    const row = disableConnection(activeConnection(), reason, NOW_MS);

    expect(judge(read(row))).toEqual(finding('fail', row.lastFailure?.message, fix));
  });
});

describe('last failure', () => {
  const judge = (row: Connection) => judgeLastFailure(row, NOW_MS);
  const pending = pendingConnection({ lastFailure: failed('no_credentials') });

  test.each<[fact: string, row: Connection, expected: unknown]>([
    ['there is none', activeConnection(), { result: 'pass', found: 'none' }],
    ['no credentials', pending, finding('fail', '', 'Run: zoho-tokens authorize crm-prod')],
    [
      'a disabled connection fails another check instead',
      disableConnection(expired(), 'paused', NOW_MS),
      finding('pass'),
    ],
  ])('%s', (_, row, expected) => {
    expect(judge(row)).toEqual(expected);
  });

  test.each<[FailureCode, string]>([
    ['invalid_code', `${ASK_AGAIN} zoho-tokens authorize crm-prod`],
    ['invalid_client', `${ASK_AGAIN} zoho-tokens doctor crm-prod --probe-data-centers`],
    ['malformed_credentials', 'Run: zoho-tokens authorize crm-prod'],
  ])('%s, which blocks a connection, fails even while the token is valid', (code, fix) => {
    const actual = judge(blockedConnection({ lastFailure: failed(code, 10 * MINUTE_MS) }));

    expect(actual).toEqual(finding('fail', `what ${code} means (${code}, `, fix));
    expect(actual.found).toContain('10 min ago');
  });

  test('a client secret that was regenerated is replaced without a consent, before anything else is tried', () => {
    const lastFailure = failed('invalid_client_secret', 10 * MINUTE_MS);

    const { fix } = judge(blockedConnection({ lastFailure, dataCenter: 'eu' }));

    expect(fix).toMatch(
      /^Copy the new secret .* client add CLIENT --data-center eu .* move crm-prod --client CLIENT uses it/,
    );
    expect(fix).not.toMatch(/zoho-tokens (refresh|authorize)|--probe-data-centers/);
  });

  test.each<FailureCode>(['server_error', 'throttled', 'aws_throttled'])(
    '%s, which is retried, fails only after the token has expired',
    (code) => {
      const lastFailure = failed(code, MINUTE_MS);

      expect(judge(activeConnection({ lastFailure }))).toEqual(finding('pass', `what ${code} means`));
      expect(judge(expired({ lastFailure })).result).toBe('fail');
    },
  );
});

test.each<FailureCode>(['invalid_code', 'invalid_client', 'invalid_client_secret'])(
  '%s that is not confirmed yet fails although the published token has not expired: Zoho may reject it',
  (code) => {
    const lastFailure = failed(code, MINUTE_MS);

    expect(judgeLastFailure(activeConnection({ lastFailure }), NOW_MS)).toEqual(
      finding('fail', `what ${code} means`, 'Wait a few minutes, in which the refresher asks Zoho again'),
    );
  },
);

test('a token that is too long asks for an update', () => {
  const lastFailure = failed('token_too_long', MINUTE_MS);

  expect(judgeLastFailure(expired({ lastFailure }), NOW_MS)).toEqual(
    finding(
      'fail',
      'what token_too_long means (token_too_long, unusable-token, ',
      'Update the Zoho Token Refresher',
    ),
  );
});

describe('budget', () => {
  const judge = (overrides: Partial<Connection>) => judgeBudget(activeConnection(overrides), NOW_MS);
  const times = (count: number) => Array.from({ length: count }, (_, index) => NOW_MS - (index + 1) * 30_000);

  const windows = {
    mintsMs: [...times(3), NOW_MS - 13 * MINUTE_MS],
    publishesMs: [...times(2), NOW_MS - 25 * 60 * MINUTE_MS],
  };

  test.each<[fact: string, overrides: Partial<Connection>, expected: unknown]>([
    ['counts calls in their window, none older', windows, finding('pass', '3 of 10 calls to Zoho')],
    ['counts tokens in their window, none older', windows, finding('pass', '2 of 90 tokens')],
    [
      'after eight calls says when operators may cause one',
      { mintsMs: times(8) },
      finding('pass', 'for operators again in'),
    ],
    [
      'after six calls says when consumers may cause one, and only they wait',
      { mintsMs: times(6) },
      finding('pass', 'consumers at 57); for consumers again in'),
    ],
    ['ten calls use it up', { mintsMs: times(10) }, finding('fail', 'used up for another ')],
    [
      'a throttle says when the next attempt is',
      coolingDownConnection(),
      finding('fail', 'the next attempt is in 9 min'),
    ],
  ])('%s', (_, overrides, expected) => {
    expect(judge(overrides)).toEqual(expected);
  });
});

describe('lease', () => {
  const judge = (leftMs: number) =>
    judgeLease(activeConnection({ lease: { owner: 'another', untilMs: NOW_MS + leftMs } }), NOW_MS);

  test.each<[fact: string, actual: Finding, expected: unknown]>([
    ['free', judgeLease(activeConnection(), NOW_MS), finding('pass', 'free')],
    ['held', judge(75_000), finding('pass', 'for at most 75 s')],
    ['expired without being released', judge(-MINUTE_MS), finding('pass', 'expired 60 s ago')],
    ['as long as the longest lease', judge(6 * MINUTE_MS), finding('pass')],
    ['longer than any lease: a clock was wrong', judge(6 * MINUTE_MS + 1), finding('fail', 'clock')],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });
});
