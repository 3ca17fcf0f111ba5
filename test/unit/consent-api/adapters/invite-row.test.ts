import { describe, expect, test } from 'vitest';
import {
  attemptItem,
  inviteItem,
  parseAttempt,
  parseInvite,
} from '../../../../lambdas/consent-api/adapters/invite-row.ts';
import type { Invite } from '../../../../lambdas/core/invites/invite.ts';
import { exploreConsents } from '../../../simulation/consent/explore-consents.ts';
import { ConsentInMemory } from '../../../support/consent-in-memory.ts';

async function storedInvite(changes: object = {}): Promise<Invite> {
  const api = new ConsentInMemory();
  const { id } = await api.invite(changes);
  const invite = api.world.invites.get(id);
  if (invite === undefined) throw new Error('no invite');
  return invite;
}

describe('the row of an invite', () => {
  test('is read as it was written, at every stage that a story reaches', async () => {
    const stages = new Set<string>();
    await exploreConsents({
      onInvite: (invite) => {
        stages.add(invite.stage.kind);
        expect(parseInvite(inviteItem(invite))).toEqual(invite);
      },
    });

    expect([...stages].sort()).toEqual([
      ...[
        'authorized',
        'awaiting',
        'cancelled',
        'coded',
        'exchanging',
        'failed',
        'granted',
        'open',
        'revoking',
        'storing',
      ],
    ]);
  });

  test('is deleted a month after it expires, unless someone must look at it', async () => {
    const invite = { ...(await storedInvite()), sweepAtMs: undefined };

    expect(inviteItem(invite).expireAt).toEqual({ N: String(invite.expiresAtMs / 1000 + 30 * 86_400) });
    const held = inviteItem({ ...invite, sweepAtMs: 5 });
    expect([held.expireAt, held.sweepQueue, held.sweepAt]).toEqual([undefined, { S: 'sweep' }, { N: '5' }]);
  });

  test.each([
    ['connection', { S: 'no name!' }],
    ['clientDataCenter', { S: 'mars' }],
    ['version', { N: '0' }],
    ['stage', { M: { kind: { S: 'other' } } }],
    ['expiresAtMs', { S: 'soon' }],
    ['scopes', { S: 'x' }],
  ])('with a wrong %s is malformed, and not quoted', async (name, value) => {
    const item = { ...inviteItem(await storedInvite()), [name]: value };

    expect(() => parseInvite(item as never)).toThrow(
      /^The row of the invite .{22} in the consents table cannot be read/,
    );
  });
});

test('the row of an attempt is read as it was written', () => {
  const attempt = {
    hash: 'h',
    inviteId: 'i',
    browserHash: 'b',
    beganAtMs: 1,
    expiresAtMs: 2,
    claimedAtMs: 3,
    claimedBy: 'c',
  };

  expect(parseAttempt(attemptItem(attempt))).toEqual(attempt);
});
