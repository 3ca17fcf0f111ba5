import { describe, expect, test } from 'vitest';
import type { FollowingConnection } from '../../../lambdas/core/connection/connection.ts';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import type { AccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import { refreshConnection } from '../../../lambdas/refresher/refresh-connection.ts';
import {
  accessToken,
  dueConnection,
  failureOf,
  HOUR_MS,
  MINUTE_MS,
  NOW_MS,
  rejected,
  scheduled,
} from '../../support/builders.ts';
import { FakeRefresher, throws } from './fake-refresher.ts';

const FOLLOWER: FollowingConnection = {
  ...dueConnection(),
  follows: { secretPrefix: 'old', generation: 40 },
};
const THEIRS = accessToken({ generation: 41, issuedAtMs: NOW_MS - MINUTE_MS });

function following(theirs: AccessToken = THEIRS, seen = FOLLOWER): FakeRefresher {
  const world = new FakeRefresher(seen);
  world.settings = { ...world.settings, followSecretPrefix: 'old' };
  world.onFollowed = () => ({ ok: true, token: theirs });
  return world;
}

const follow = (world: FakeRefresher, request = scheduled) =>
  refreshConnection(world.context, FOLLOWER, request);

describe('a connection that follows another deployment', () => {
  test('has metrics of its own as this deployment says, not the other one', async () => {
    const world = following({ ...THEIRS, hasOwnMetrics: true });
    world.settings = { ...world.settings, declaredConnections: {} };
    const seen = { ...FOLLOWER, source: 'connected' as const };

    await refreshConnection(world.context, seen, scheduled);

    expect(world.published).toMatchObject([{ hasOwnMetrics: false }]);
  });

  test("republishes that deployment's newer token, with a generation of its own", async () => {
    const world = following();

    const result = await follow(world);

    expect(world.calls).toEqual([
      'followed old/crm-prod',
      'replace if free',
      'publish 8 from version-of-7',
      'replace if held (report)',
    ]);
    expect(world.published).toEqual([{ ...THEIRS, generation: 8, hasOwnMetrics: true }]);
    expect(result).toMatchObject({
      kind: 'published',
      outcome: 'refreshed',
      decision: { action: 'follow' },
      connection: {
        generation: 8,
        publishedGeneration: 8,
        lease: undefined,
        follows: { secretPrefix: 'old', generation: 41 },
        token: { versionId: 'version-of-8', issuedAtMs: THEIRS.issuedAtMs, expiresAtMs: THEIRS.expiresAtMs },
      },
    });
    expect(world.row).toEqual(result.connection);
  });

  test('publishes its first token from no version', async () => {
    const seen = { ...FOLLOWER, token: undefined };
    const world = following(THEIRS, seen);

    await refreshConnection(world.context, seen, scheduled);

    expect(world.calls).toContain('publish 8 from undefined');
  });

  test('takes the lease, and counts no call of Zoho', async () => {
    const world = following();
    const leases: unknown[] = [];
    const { onReplaceIfFree } = world;
    world.onReplaceIfFree = (seen, next, nowMs) => {
      leases.push(next);
      return onReplaceIfFree(seen, next, nowMs);
    };

    await follow(world);

    expect(leases).toEqual([
      expect.objectContaining({
        lease: { owner: 'me', untilMs: NOW_MS + 75_000 },
        mintsMs: FOLLOWER.mintsMs,
        follows: FOLLOWER.follows,
      }),
    ]);
    expect(world.row?.mintsMs).toEqual(FOLLOWER.mintsMs);
  });

  test.each([
    [undefined, 'is not set'],
    ['other', 'is other'],
  ])('reads nothing if the setting of this deployment is %s', async (followSecretPrefix, text) => {
    const world = following();
    world.settings = { ...world.settings, followSecretPrefix };

    expect(await follow(world)).toMatchObject({
      kind: 'failed',
      outcome: 'failed',
      failure: { code: 'followed_token_unusable', message: expect.stringContaining(text) },
    });
    expect(world.calls).toEqual(['replace if free (report)']);
    expect(world.row?.lastFailure).toMatchObject({ code: 'followed_token_unusable' });
  });

  test('fails if the token of the other deployment cannot be used', async () => {
    const world = following(accessToken({ connection: 'desk' }));

    expect(await follow(world)).toMatchObject({
      kind: 'failed',
      failure: { code: 'followed_token_unusable' },
      retryAtMs: NOW_MS + 7_500,
    });
    expect(world.calls).toEqual(['followed old/crm-prod', 'replace if free (report)']);
    expect(world.row).toMatchObject({ failures: 1, lastFailure: { code: 'followed_token_unusable' } });
  });

  test('fails if that token cannot be read', async () => {
    const world = following();
    world.onFollowed = throws('aws_kms_denied');

    expect(await follow(world)).toMatchObject({
      kind: 'failed',
      failure: failureOf('aws_kms_denied'),
      cause: { code: 'aws_kms_denied' },
    });
    expect(world.row?.lastFailure).toMatchObject({ code: 'aws_kms_denied' });
  });

  test('waits for a newer token, and writes nothing', async () => {
    const world = following(
      accessToken({ generation: 40, issuedAtMs: NOW_MS - 31 * MINUTE_MS, expiresAtMs: NOW_MS + HOUR_MS }),
    );

    expect(await follow(world)).toMatchObject({
      kind: 'declined',
      outcome: 'in-progress',
      connection: FOLLOWER,
      retryAtMs: NOW_MS + MINUTE_MS,
    });
    expect(world.calls).toEqual(['followed old/crm-prod']);
  });

  test('is postponed if no more versions may be written', async () => {
    const seen = { ...FOLLOWER, publishesMs: Array.from({ length: 90 }, () => NOW_MS - MINUTE_MS) };
    const world = following(THEIRS, seen);

    const result = await refreshConnection(world.context, seen, scheduled);

    expect(result).toMatchObject({ kind: 'declined', outcome: 'budget-exhausted' });
    expect(world.row?.nextAttemptAtMs).toBe(result.retryAtMs);
  });

  test('throws a bug', async () => {
    const world = following();
    world.onFollowed = () => {
      throw new TypeError('bug');
    };

    await expect(follow(world)).rejects.toThrow('bug');
  });
});

describe('a publish that fails', () => {
  test('because a newer token is published continues above its generation', async () => {
    const world = following();
    world.onPublish = () => ({ kind: 'superseded', generationFound: 12 });

    expect(await follow(world)).toMatchObject({ kind: 'failed', failure: { code: 'superseded' } });
    expect(world.row).toMatchObject({
      generation: 12,
      lease: undefined,
      publishesMs: [expect.any(Number), NOW_MS],
    });
  });

  test('and certainly stored nothing counts no version', async () => {
    const world = following();
    const error = new InfrastructureError(failureOf('aws_throttled'));
    world.onPublish = () => ({ kind: 'not-stored', error });

    expect(await follow(world)).toMatchObject({ failure: failureOf('aws_throttled'), cause: error });
    expect(world.row).toMatchObject({ publishesMs: FOLLOWER.publishesMs, lease: undefined });
  });

  test('and may have stored a version counts it, but no call of Zoho', async () => {
    const world = following();
    world.onPublish = throws('aws_unavailable');

    expect(await follow(world, rejected(7))).toMatchObject({
      failure: failureOf('aws_unavailable'),
      cause: { code: 'aws_unavailable' },
    });
    expect(world.row).toMatchObject({
      publishesMs: [...FOLLOWER.publishesMs, NOW_MS],
      mintsMs: FOLLOWER.mintsMs,
      credentialsVersionId: 'credentials-1',
    });
  });

  test('leaves a connection waiting that was waiting for its first token', async () => {
    const seen: FollowingConnection = { ...FOLLOWER, status: 'pending', token: undefined };
    const world = following(THEIRS, seen);
    world.onPublish = throws('aws_unavailable');

    await refreshConnection(world.context, seen, scheduled);

    expect(world.row).toMatchObject({ status: 'pending', lastFailure: { code: 'aws_unavailable' } });
  });

  test('with a bug throws it', async () => {
    const world = following();
    world.onPublish = () => {
      throw new TypeError('bug');
    };

    await expect(follow(world)).rejects.toThrow('bug');
  });
});
