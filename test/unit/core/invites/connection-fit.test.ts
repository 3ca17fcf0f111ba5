import { describe, expect, test } from 'vitest';
import { disableConnection, reconnect } from '../../../../lambdas/core/connection/operator-transitions.ts';
import { fitsConnection, isLiveWith } from '../../../../lambdas/core/invites/connection-fit.ts';
import { activeConnection, NOW_MS } from '../../../support/builders.ts';

const row = activeConnection();
const off = disableConnection(row, 'disconnected', NOW_MS);
const again = reconnect(off, 'connected', NOW_MS);
const following = { ...row, follows: { secretPrefix: 'old', generation: 0 } };
const creates = { dataCenter: 'eu', scopes: [] } as const;

describe('an invite fits its connection', () => {
  test.each([
    ['that is as it was', { incarnation: 0 }, row, true],
    ['that is paused', { incarnation: 0 }, disableConnection(row, 'paused', NOW_MS), true],
    ['that was revoked', { incarnation: 0 }, disableConnection(row, 'revoked', NOW_MS), true],
    ['that is gone', { incarnation: 0 }, undefined, false],
    ['that is disconnected', { incarnation: 0 }, off, false],
    ['that was connected anew', { incarnation: 0 }, again, false],
    ['that was connected anew before the invite', { incarnation: 1 }, again, true],
    ['that another deployment refreshes', { incarnation: 0 }, following, false],
    ['that it will create', { creates }, undefined, true],
    ['that it will connect anew', { creates }, off, true],
    ['that someone else has created', { creates }, row, false],
    ['that it has created', { creates, incarnation: 0 }, row, true],
    ['that it is about to create', { creates, incarnation: 0 }, undefined, true],
    ['that it has created and that was disconnected', { creates, incarnation: 0 }, off, false],
  ])('%s', (_, invite, connection, fits) => {
    expect(fitsConnection(invite, connection)).toBe(fits);
  });
});

test('a token is live with credentials if it was issued with them', () => {
  const live = { ...row, credentialsVersionId: 'version-1' };

  expect(isLiveWith(live, 'version-1', NOW_MS)).toBe(true);
  expect(isLiveWith({ ...live, credentialsVersionId: 'version-1_client-1' }, 'version-1', NOW_MS)).toBe(true);
  expect(isLiveWith(live, 'version-2', NOW_MS)).toBe(false);
  expect(isLiveWith({ ...live, status: 'blocked' }, 'version-1', NOW_MS)).toBe(false);
  expect(isLiveWith({ ...live, token: undefined }, 'version-1', NOW_MS)).toBe(false);
  expect(isLiveWith(undefined, 'version-1', NOW_MS)).toBe(false);
});
