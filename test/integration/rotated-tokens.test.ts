import { afterAll, describe, expect, it } from 'vitest';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import { MINUTE_MS } from '../support/sandbox.ts';

const desk = await OperatorDesk.open(undefined, { acceptRotatedRefreshTokens: true });
afterAll(() => desk.close());

/** Zoho issues a new refresh token with every access token, and accepts the one before it no longer. */
async function rotating(graceMs = 0) {
  const live = await desk.live();
  desk.zoho.changeContract({ rotation: { graceMs } }, live.refreshToken);
  return { ...live, secretId: `zoho/${live.name}/credentials` };
}

const currentVersion = (secretId: string) => desk.secrets.store.get(secretId).stages.get('AWSCURRENT');

/** Passes the time until the next scheduled refresh. */
async function untilDue(name: string): Promise<void> {
  const { nextAttemptAtMs = 0 } = (await desk.row(name)) ?? {};
  desk.clock.advance(nextAttemptAtMs - desk.clock.now());
}

const isServed = (name: string) => {
  const { access_token: token } = JSON.parse(
    desk.secrets.store.currentText(`zoho/${name}/access-token`) ?? '',
  ) as { access_token: string };
  return desk.zoho.isValid(token);
};

describe('a Zoho that rotates refresh tokens', () => {
  it('is followed from one to the next, and nothing else of the credentials changes', async () => {
    const { name, secretId, refreshToken } = await rotating();
    const before = { ...desk.credentials(name), note: 'kept' };
    desk.writeCredentials(name, JSON.stringify(before));
    const logged = desk.deployment.log.lines.length;

    for (let refresh = 0; refresh < 3; refresh += 1) {
      const used = currentVersion(secretId);
      await desk.refresh(name);
      expect(desk.credentials(name)).toEqual({
        ...before,
        refresh_token: expect.not.stringMatching(refreshToken) as string,
        rotated_from: used,
      });
    }

    const row = await desk.row(name);
    const lines = desk.deployment.log.lines.slice(logged).join('\n');
    expect(row).toMatchObject({ status: 'active', credentialsVersionId: currentVersion(secretId) });
    expect(isServed(name)).toBe(true);
    expect(lines.match(/a new refresh token of Zoho is stored/g)).toHaveLength(3);
    expect(lines).not.toContain(desk.credentials(name).refresh_token);
    expect(desk.deployment.metrics.ofConnection('ContractChanged', name)).toEqual([]);
  });

  it('costs two more calls of AWS a refresh', async () => {
    const { name, secretId } = await rotating();
    desk.secrets.resetCalls();

    await desk.refresh(name);

    const calls = desk.secrets.calls.filter(({ secret }) => secret === secretId);
    expect(calls.map(({ operation }) => operation)).toEqual([
      'GetSecretValue',
      'PutSecretValue',
      'UpdateSecretVersionStage',
    ]);
  });

  it('changes nothing that the CLI reads', async () => {
    const { name } = await rotating();
    const before = await desk.run(['doctor', name]);
    await desk.refresh(name);

    const after = await desk.run(['doctor', name]);
    const audited = await desk.run(['audit', name]);

    expect(after.exitCode).toBe(before.exitCode);
    expect(`${after.stdout}${audited.stdout}${audited.stderr}`).not.toContain('rotated_from');
  });
});

describe('an attempt that ends between the put and the move', () => {
  it('is made good when Zoho refuses the old refresh token: nothing is blocked', async () => {
    const { name, secretId } = await rotating();
    const first = currentVersion(secretId);
    desk.secrets.faults.failNext({
      operation: 'UpdateSecretVersionStage',
      secret: secretId,
      error: 'InternalServiceError',
      times: 3,
    });
    await desk.refresh(name);
    expect(currentVersion(secretId)).toBe(first);
    expect(desk.deployment.metrics.ofConnection('ContractChanged', name)).toHaveLength(1);

    await untilDue(name);
    await desk.deployment.tick();
    const successor = currentVersion(secretId);
    expect(successor).not.toBe(first);
    expect(await desk.row(name)).toMatchObject({
      status: 'active',
      credentialsVersionId: successor,
      lastFailure: { code: 'invalid_code' },
    });

    desk.clock.advance(MINUTE_MS);
    await desk.deployment.tick();
    expect(await desk.row(name)).toMatchObject({ status: 'active', failures: 0, publishedGeneration: 4 });
    expect(isServed(name)).toBe(true);
    expect(desk.deployment.metrics.ofConnection('Blocked', name)).toEqual([]);
  });

  it('costs nothing while Zoho accepts the old one', async () => {
    const { name, secretId } = await rotating(24 * 60 * MINUTE_MS);
    desk.secrets.faults.failNext({
      operation: 'UpdateSecretVersionStage',
      secret: secretId,
      error: 'InternalServiceError',
      times: 3,
    });

    await desk.refresh(name);
    await desk.refresh(name);

    expect(await desk.row(name)).toMatchObject({
      status: 'active',
      credentialsVersionId: currentVersion(secretId),
    });
  });
});

describe('an operator who authorizes at the same time', () => {
  it('always wins', async () => {
    const { name, clientId } = await rotating();
    const held = desk.zoho.holdNextCall();
    const refresh = desk.deployment.refresh(name);
    await held.received;
    const theirs = desk.zoho.grant({ clientId, dataCenter: 'eu', scope: SCOPE });
    desk.writeCredentials(name, JSON.stringify({ ...desk.credentials(name), refresh_token: theirs }));

    held.release();

    expect(await refresh).toMatchObject({ outcome: 'refreshed' });
    expect(desk.credentials(name).refresh_token).toBe(theirs);
    expect(desk.deployment.log.lines.at(-2)).toContain('An operator has stored other credentials meanwhile');
    await desk.refresh(name);
    expect(desk.zoho.tokenCallsWith(theirs)).toHaveLength(1);
  });
});

describe('a refresh token that cannot be stored', () => {
  it('does not keep the access token from being published', async () => {
    const { name, secretId } = await rotating();
    const lift = desk.secrets.faults.deny({ operation: 'PutSecretValue', secret: secretId });

    await desk.refresh(name);
    lift();

    expect(isServed(name)).toBe(true);
    expect(desk.deployment.metrics.ofConnection('ContractChanged', name)).toHaveLength(1);
    expect(await desk.row(name)).toMatchObject({ credentialsVersionId: currentVersion(secretId) });
  });
});
