import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MINUTE_MS, startAuthorizedDeployment } from '../support/sandbox.ts';
import { SecondDeployment } from '../support/second-deployment.ts';

const NAME = 'crm-prod';
const SECRET_OF_OLD = `zoho/${NAME}/access-token`;

/** `zoho` is the old deployment, `crm` the new one, whose row of `crm-prod` follows. */
let old: LocalDeployment;
let fresh: SecondDeployment;

beforeEach(async () => {
  ({ deployment: old } = await startAuthorizedDeployment());
  fresh = await SecondDeployment.start(old, {
    secretPrefix: 'crm',
    tableName: 'NewConnections',
    followSecretPrefix: 'zoho',
    declaredConnections: old.config.declaredConnections,
  });
  await fresh.register({
    ...registerConnection(NAME, 'declared', old.clock.now()),
    follows: { secretPrefix: 'zoho', generation: 0 },
  });
});
afterEach(() => old.close());

/** Both schedules tick once a minute, the new deployment's some seconds before or after the old one's. */
async function passMinute({ newFirst = false } = {}): Promise<void> {
  old.clock.advance(MINUTE_MS);
  const ticks = [() => old.tick(), () => fresh.refresher.tick()];
  for (const tick of newFirst ? ticks.reverse() : ticks) await tick();
}

function leftMs(document: { readonly expires_at: string } | undefined): number {
  return Date.parse(document?.expires_at ?? '') - old.clock.now();
}

describe('a connection that follows another deployment', () => {
  it.each([false, true])(
    'has the same token within a minute, for two hours, and only the other one mints (new ticks first: %s)',
    async (newFirst) => {
      await fresh.refresher.tick();
      const worst = { old: Number.POSITIVE_INFINITY, fresh: Number.POSITIVE_INFINITY };
      const published = new Set<string>();
      for (let minute = 0; minute < 2 * 60; minute += 1) {
        await passMinute({ newFirst });
        worst.old = Math.min(worst.old, leftMs(old.readToken(NAME)));
        worst.fresh = Math.min(worst.fresh, leftMs(fresh.readToken(NAME)));
        published.add(fresh.readToken(NAME)?.access_token ?? '');
      }

      expect(old.zoho.tokenCalls.length).toBe(old.readToken(NAME)?.generation);
      expect(published.size).toBe(old.zoho.tokenCalls.length);
      expect(fresh.readToken(NAME)?.access_token).toBe(old.readToken(NAME)?.access_token);
      expect(worst.old).toBeGreaterThanOrEqual(5 * MINUTE_MS);
      expect(worst.fresh).toBeGreaterThanOrEqual(4 * MINUTE_MS);
      expect((await fresh.row(NAME)).mintsMs).toEqual([]);
    },
  );

  it('gets a document of its own: name, generation and times are consistent', async () => {
    await old.refresh(NAME);
    await fresh.refresher.tick();

    const { generation: ofOld, ...theirs } = old.readToken(NAME) ?? {};
    const { generation, ...ours } = fresh.readToken(NAME) ?? {};
    expect(ours).toEqual(theirs);
    expect({ ofOld, generation }).toEqual({ ofOld: 2, generation: 1 });
    expect(await fresh.row(NAME)).toMatchObject({
      status: 'active',
      generation: 1,
      publishedGeneration: 1,
      follows: { secretPrefix: 'zoho', generation: 2 },
      scope: 'ZohoCRM.modules.ALL',
      dataCenter: 'eu',
    });
  });

  it('republishes at once when someone asks and the other deployment has a newer token', async () => {
    await fresh.refresher.tick();
    old.clock.advance(10 * MINUTE_MS);
    await old.refresh(NAME);

    const answer = await fresh.refresher.refresh(NAME, { reason: 'unauthorized', rejectedGeneration: 1 });

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
    expect(fresh.readToken(NAME)?.access_token).toBe(old.readToken(NAME)?.access_token);
  });

  it.each(['unauthorized', 'operator'] as const)('never mints, whoever asks: %s', async (reason) => {
    await fresh.refresher.tick();
    old.clock.advance(10 * MINUTE_MS);
    const calls = old.zoho.tokenCalls.length;

    const answer = await fresh.refresher.refresh(NAME, { reason, rejectedGeneration: 1 });

    expect(answer).toMatchObject({ outcome: 'in-progress', generation: 1, retry_after_seconds: 60 });
    expect(old.zoho.tokenCalls.length).toBe(calls);
    expect((await fresh.row(NAME)).generation).toBe(1);
  });

  it('fails visibly when the other deployment does not renew, and recovers when it does', async () => {
    await fresh.refresher.tick();
    for (let minute = 0; minute < 58; minute += 1) {
      old.clock.advance(MINUTE_MS);
      await fresh.refresher.tick();
    }

    expect(await fresh.row(NAME)).toMatchObject({
      status: 'active',
      lastFailure: {
        code: 'followed_token_stale',
        message: expect.stringMatching(
          /^The deployment zoho, which this connection follows, has not renewed the token that expires at 2026-\S+\. Check the connection in that deployment\. To mint here instead, run: zoho-tokens adopt --from zoho --finish crm-prod$/,
        ),
      },
    });
    expect(fresh.refresher.metrics.ofFleet('RefreshFailed').length).toBeGreaterThan(0);
    await old.tick();
    for (let minute = 0; minute < 3; minute += 1) await passMinute();
    expect(await fresh.row(NAME)).toMatchObject({
      failures: 0,
      lastFailure: undefined,
      publishedGeneration: 2,
    });
  });

  it.each<[string, string, () => void]>([
    ['followed_token_unusable', 'is empty', () => recreate()],
    [
      'followed_token_unusable',
      'does not contain a token: it is not a JSON object',
      () => overwrite('not JSON'),
    ],
    [
      'followed_token_unusable',
      'holds the token of another connection',
      () => overwrite(JSON.stringify({ ...old.readToken(NAME), connection: 'desk' })),
    ],
    ['aws_access_denied', 'secretsmanager:GetSecretValue on zoho/crm-prod/access-token', () => deny()],
    ['aws_kms_denied', 'secretsmanager:GetSecretValue on zoho/crm-prod/access-token', () => denyKey()],
  ])('fails with %s when the token of the other deployment %s', async (code, text, damage) => {
    damage();

    await fresh.refresher.tick();

    const { lastFailure, generation } = await fresh.row(NAME);
    expect({ code: lastFailure?.code, generation }).toEqual({ code, generation: 0 });
    expect(lastFailure?.message).toContain(text);
  });

  it.each([
    [undefined, 'is not set'],
    ['other', 'is other'],
  ])(
    'fails when the setting of its deployment names another prefix: %s',
    async (followSecretPrefix, text) => {
      const { refresher } = fresh;
      const handler = refresher.compose({ config: { ...refresher.config, followSecretPrefix } });

      await refresher.tick(handler);

      expect((await fresh.row(NAME)).lastFailure).toMatchObject({
        code: 'followed_token_unusable',
        message: expect.stringContaining(`but the setting follow.secretPrefix of this deployment ${text}.`),
      });
      expect(fresh.readToken(NAME)).toBeUndefined();
    },
  );

  it('does not publish an older token that a stale read returns', async () => {
    await fresh.refresher.tick();
    old.clock.advance(10 * MINUTE_MS);
    const before = old.aws.secretsManager.store.currentText(SECRET_OF_OLD) ?? '';
    await old.refresh(NAME);
    await fresh.refresher.refresh(NAME);
    overwrite(before);

    const answer = await fresh.refresher.refresh(NAME);

    expect(answer).toMatchObject({ outcome: 'in-progress', generation: 2 });
  });

  it('follows a deployment whose generations start again', async () => {
    for (let times = 0; times < 3; times += 1) {
      old.clock.advance(11 * MINUTE_MS);
      await old.refresh(NAME);
    }
    await fresh.refresher.refresh(NAME);
    const issuedAt = new Date(old.clock.now() + 1_000).toISOString();
    overwrite(JSON.stringify({ ...old.readToken(NAME), generation: 1, issued_at: issuedAt }));

    const answer = await fresh.refresher.refresh(NAME);

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
    expect(await fresh.row(NAME)).toMatchObject({ follows: { generation: 1 } });
  });

  it('writes nothing and asks no one while the token of the other deployment is not due', async () => {
    await fresh.refresher.tick();
    const calls = old.aws.secretsManager.calls.length;

    for (let minute = 0; minute < 30; minute += 1) {
      old.clock.advance(MINUTE_MS);
      await fresh.refresher.tick();
    }

    expect(old.aws.secretsManager.calls.length).toBe(calls);
  });

  it('survives a failed publish: it is repeated, and no call of Zoho is counted', async () => {
    old.aws.secretsManager.faults.failNext({
      operation: 'PutSecretValue',
      secret: 'crm/*',
      error: 'EncryptionFailure',
      times: 1,
    });
    await fresh.refresher.tick();
    const { lastFailure } = await fresh.row(NAME);
    for (let minute = 0; minute < 3; minute += 1) await passMinute();

    expect(lastFailure?.code).toBe('aws_kms_denied');
    expect(await fresh.row(NAME)).toMatchObject({ mintsMs: [], failures: 0, publishedGeneration: 2 });
    expect(fresh.readToken(NAME)?.access_token).toBe(old.readToken(NAME)?.access_token);
  });
});

function overwrite(text: string): void {
  old.aws.secretsManager.store.put(SECRET_OF_OLD, { value: secretText(text) });
}

function recreate(): void {
  old.aws.secretsManager.store.deleteNow(SECRET_OF_OLD);
  old.aws.secretsManager.store.create({ name: SECRET_OF_OLD });
}

function deny(): void {
  old.aws.secretsManager.faults.deny({ operation: 'GetSecretValue', secret: 'zoho/*' });
}

function denyKey(): void {
  old.aws.secretsManager.denyKms('zoho/*');
}
