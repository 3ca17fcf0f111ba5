import { describe, expect, test } from 'vitest';
import type { FollowingConnection } from '../../../../lambdas/core/connection/connection.ts';
import { decideToFollow, notConfiguredToFollow } from '../../../../lambdas/core/refresh/follow-decision.ts';
import type { AccessToken } from '../../../../lambdas/core/secrets/access-token.ts';
import {
  accessToken,
  dueConnection,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  rejected,
  scheduled,
} from '../../../support/builders.ts';

const ISSUED_MS = NOW_MS - 30 * MINUTE_MS;
const FOLLOWER: FollowingConnection = {
  ...dueConnection(),
  follows: { secretPrefix: 'old', generation: 40 },
};
/** The token that was republished last. */
const KNOWN = accessToken({ generation: 40, issuedAtMs: ISSUED_MS, refreshAfterMs: NOW_MS });
const ADVICE =
  'Check the connection in that deployment. To mint here instead, run: zoho-tokens adopt --from old --finish crm-prod';

function decide(theirs: Partial<AccessToken>, seen = FOLLOWER, request = scheduled) {
  return decideToFollow(seen, request, { ok: true, token: { ...KNOWN, ...theirs } }, NOW_MS);
}

describe('the token of the followed deployment', () => {
  test.each<[string, Partial<AccessToken>]>([
    ['has a higher generation', { generation: 41 }],
    [
      'was issued later, by a deployment that was deployed anew',
      { generation: 1, issuedAtMs: ISSUED_MS + 1 },
    ],
  ])('is republished if it %s', (_, theirs) => {
    expect(decide(theirs)).toEqual({ action: 'republish', token: { ...KNOWN, ...theirs } });
  });

  test.each<[string, Partial<AccessToken>]>([
    ['the one that was republished last', {}],
    ['an earlier one, which a stale read returns', { generation: 39, issuedAtMs: ISSUED_MS - HOUR_MS }],
  ])('is not republished if it is %s', (_, theirs) => {
    expect(decide(theirs)).toMatchObject({
      action: 'none',
      reason: 'not-renewed',
      retryAtMs: NOW_MS + MINUTE_MS,
    });
  });

  test.each<[string, Partial<FollowingConnection>]>([
    ['has no token', { token: undefined }],
    ['has one that expires now', { token: { versionId: 'v', issuedAtMs: ISSUED_MS, expiresAtMs: NOW_MS } }],
  ])('is republished, whatever it is, if the connection %s', (_, seen) => {
    expect(decide({}, { ...FOLLOWER, ...seen })).toMatchObject({ action: 'republish' });
  });

  test('is not republished again while the token of the connection is valid', () => {
    const token = { versionId: 'v', issuedAtMs: ISSUED_MS, expiresAtMs: NOW_MS + 1 };

    expect(decide({}, { ...FOLLOWER, token })).toMatchObject({ action: 'none' });
  });

  test('is waited for three minutes after it is due', () => {
    expect(decide({ refreshAfterMs: NOW_MS - 3 * MINUTE_MS + 1 })).toMatchObject({ reason: 'not-renewed' });
    expect(decide({ refreshAfterMs: NOW_MS - 3 * MINUTE_MS })).toEqual({
      action: 'fail',
      failure: {
        code: 'followed_token_stale',
        message: `The deployment old, which this connection follows, has not renewed the token that expires at 2026-01-05T10:00:00.000Z. ${ADVICE}`,
      },
    });
  });

  test('is stale once it has expired, even if it is a later one', () => {
    expect(decide({ generation: 41, expiresAtMs: NOW_MS })).toMatchObject({
      action: 'fail',
      failure: { code: 'followed_token_stale' },
    });
    expect(decide({ generation: 41, expiresAtMs: NOW_MS + 1 })).toMatchObject({ action: 'republish' });
  });

  test.each([
    [{ ok: false, problems: 'empty' } as const, 'is empty'],
    [{ ok: false, problems: ['one', 'two'] } as const, 'does not contain a token: one; two'],
    [
      { ok: true, token: accessToken({ connection: 'desk' }) } as const,
      'holds the token of another connection',
    ],
  ])('cannot be used: %j', (found, problem) => {
    expect(decideToFollow(FOLLOWER, scheduled, found, NOW_MS)).toEqual({
      action: 'fail',
      failure: {
        code: 'followed_token_unusable',
        message: `The secret old/crm-prod/access-token, whose token this connection republishes, ${problem}. ${ADVICE}`,
      },
    });
  });
});

describe('the budget of a connection that follows', () => {
  const publishes = (count: number) => Array.from({ length: count }, () => NOW_MS - HOUR_MS);

  test('limits the versions of its secret, by who asks', () => {
    const seen = { ...FOLLOWER, publishesMs: publishes(57) };

    expect(decide({ generation: 41 }, seen)).toMatchObject({ action: 'republish' });
    expect(decide({ generation: 41 }, seen, rejected(7))).toMatchObject({
      action: 'none',
      reason: 'budget-exhausted',
      retryAtMs: NOW_MS + 23 * HOUR_MS + 105_000,
    });
  });

  test('counts the version of a holder that never reported back', () => {
    const lease = { owner: 'dead', untilMs: NOW_MS };

    expect(decide({ generation: 41 }, { ...FOLLOWER, publishesMs: publishes(89), lease })).toMatchObject({
      reason: 'budget-exhausted',
    });
  });

  test('does not limit it by the calls of Zoho', () => {
    const mintsMs = Array.from({ length: 20 }, () => NOW_MS);

    expect(decide({ generation: 41 }, { ...FOLLOWER, mintsMs })).toMatchObject({ action: 'republish' });
  });
});

test.each([
  [undefined, 'is not set'],
  ['other', 'is other'],
])('a deployment that is configured to follow %s says so', (configured, text) => {
  expect(notConfiguredToFollow(FOLLOWER, configured)).toEqual({
    code: 'followed_token_unusable',
    message: `The connection follows the deployment old, but the setting follow.secretPrefix of this deployment ${text}. Set it and deploy. To mint here instead, run: zoho-tokens adopt --from old --finish crm-prod`,
  });
});
