import { describe, expect, test } from 'vitest';
import type { HeldGrant, Invite, Stage } from '../../../../lambdas/core/invites/invite.ts';
import { isUsable, statusOf, viewOf } from '../../../../lambdas/core/invites/invite-view.ts';
import { NOW_MS } from '../../../support/builders.ts';

const HOUR_MS = 3_600_000;
const grant: HeldGrant = {
  attempt: 'attempt',
  sealed: 'SEALED',
  dataCenter: 'eu',
  isSandbox: false,
  grantedAtMs: NOW_MS,
};
const failure = { status: 'failed', reason: 'code_refused', retryable: true, atMs: NOW_MS } as const;

function inviteAt(stage: Stage, changes: Partial<Invite> = {}): Invite {
  return {
    ...{
      id: 'i'.repeat(22),
      version: 1,
      written: 'w',
      secretHash: 'HASH',
      connection: 'crm',
      client: 'acme',
    },
    ...{
      clientId: '1000.A',
      clientDataCenter: 'eu',
      scopes: [],
      mode: 'direct',
      expect: {},
      begunMs: [],
      lost: [],
    },
    ...{ createdAtMs: NOW_MS, expiresAtMs: NOW_MS + HOUR_MS, returnUrl: 'https://app.example/', stage },
    ...changes,
  };
}

describe('the status', () => {
  const authorized: Stage = {
    ...{ kind: 'authorized', grant, tokenLive: true, versionId: 'v', storedAtMs: NOW_MS, mayHaveEnded: [] },
  };
  test.each<[string, Stage, string, string]>([
    ['open', { kind: 'open' }, 'open', 'expired'],
    [
      'open after a refusal',
      { kind: 'open', last: { status: 'declined', retryable: true, atMs: 1 } },
      'declined',
      'expired',
    ],
    ['open after a failure', { kind: 'open', last: failure }, 'failed', 'expired'],
    [
      'coded',
      { kind: 'coded', attempt: 'a', code: 'c', sessionHash: 's', dataCenter: 'eu', untilMs: NOW_MS + 1 },
      'open',
      'expired',
    ],
    ['exchanging', { kind: 'exchanging', attempt: 'a', dataCenter: 'eu', atMs: NOW_MS }, 'open', 'open'],
    ['granted', { kind: 'granted', grant }, 'open', 'open'],
    ['storing', { kind: 'storing', grant }, 'open', 'open'],
    [
      'awaiting',
      { kind: 'awaiting', grant, mismatch: [], untilMs: NOW_MS + 2 * HOUR_MS },
      'awaiting',
      'awaiting',
    ],
    ['awaiting too long', { kind: 'awaiting', grant, mismatch: [], untilMs: NOW_MS }, 'failed', 'failed'],
    [
      'revoking for good',
      { kind: 'revoking', grant, ending: { ...failure, retryable: false } },
      'failed',
      'failed',
    ],
    ['revoking', { kind: 'revoking', grant, ending: failure }, 'failed', 'expired'],
    ['failed', { kind: 'failed', ending: { ...failure, retryable: false } }, 'failed', 'failed'],
    ['authorized', authorized, 'authorized', 'authorized'],
    ['cancelled', { kind: 'cancelled' }, 'cancelled', 'cancelled'],
  ])('of an invite that is %s', (_, stage, before, after) => {
    const invite = inviteAt(stage);

    expect([statusOf(invite, NOW_MS), statusOf(invite, NOW_MS + HOUR_MS)]).toEqual([before, after]);
  });
});

test('a visitor may come while the invite is open, and no one works on it', () => {
  const lease = { owner: 'o', untilMs: NOW_MS + 1 };

  expect(isUsable(inviteAt({ kind: 'open', last: failure }), NOW_MS)).toBe(true);
  expect(isUsable(inviteAt({ kind: 'open' }, { lease }), NOW_MS)).toBe(false);
  expect(isUsable(inviteAt({ kind: 'open' }, { lease }), NOW_MS + 1)).toBe(true);
  expect(isUsable(inviteAt({ kind: 'open' }), NOW_MS + HOUR_MS)).toBe(false);
  expect(isUsable(inviteAt({ kind: 'cancelled' }), NOW_MS)).toBe(false);
});

test('the inviter sees who consented, and nothing that is sealed or opens a door', () => {
  const consentedBy = {
    zuid: '1',
    email: 'a@b.example',
    orgId: undefined,
    orgName: undefined,
    awsPrincipal: 'arn',
  };
  const held = { ...grant, consentedBy };
  const invite = inviteAt({ kind: 'awaiting', grant: held, mismatch: ['email'], untilMs: NOW_MS + 1 });

  const view = viewOf(invite, NOW_MS);

  expect(view).toMatchObject({ status: 'awaiting', mismatch: ['email'], data_center: 'eu' });
  expect(view.consented_by).toEqual({ zuid: '1', email: 'a@b.example' });
  expect(JSON.stringify(view)).not.toMatch(/SEALED|HASH|app\.example|attempt/);
});

test.each([
  [undefined, 'none'],
  ['held', 'held'],
  ['left', 'left'],
  ['revoked', 'revoked'],
] as const)('an old refresh token that is %s is shown as %s', (state, shown) => {
  const old = state === undefined ? undefined : { state, dataCenter: 'eu' as const };
  const stage: Stage = {
    ...{
      kind: 'authorized',
      grant,
      old,
      tokenLive: true,
      versionId: 'v',
      storedAtMs: NOW_MS,
      mayHaveEnded: [],
    },
  };

  expect(viewOf(inviteAt(stage), NOW_MS).old_refresh_token).toBe(shown);
});

test('the inviter sees that an exchange had no answer', () => {
  const lost = [{ clientId: '1000.A', dataCenter: 'in', atMs: NOW_MS }] as const;

  const { message } = viewOf(inviteAt({ kind: 'open', last: failure }, { lost }), NOW_MS);

  expect(message).toContain('A refresh token of the client 1000.A in data center in may exist');
});
