import { type GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createZohoClient } from '../../lambdas/client/index.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { HOUR_MS, MINUTE_MS } from '../support/builders.ts';
import { startAuthorizedDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
let secretsManagerClient: SecretsManagerClient;
let invocations = 0;

beforeAll(async () => {
  ({ deployment } = await startAuthorizedDeployment());
  secretsManagerClient = new SecretsManagerClient(deployment.aws.functionConfig('secretsmanager'));
});
afterAll(() => deployment.close());
beforeEach(async () => {
  invocations = 0;
  deployment.clock.advance(HOUR_MS);
  await deployment.tick();
});

/**
 * A client in a process whose clocks the test moves apart from AWS's, which is the deployment's. The refresher would answer
 * that it cannot help: it counts only whether it is asked.
 */
function connect({ aheadMs = 0, hasMonotonicClock = true } = {}) {
  const process = { aheadMs, frozenMs: 0, isOffline: false };
  const startMs = deployment.clock.now();
  const now = () => deployment.clock.now() + process.aheadMs;
  const client = createZohoClient({
    connection: 'crm-prod',
    refresherFunctionName: 'refresher',
    metrics: 'off',
    secretsManagerClient: {
      send: (command, options) =>
        process.isOffline
          ? Promise.reject(new Error('offline'))
          : secretsManagerClient.send(command as GetSecretValueCommand, options),
    },
    lambdaClient: {
      send: () => {
        invocations += 1;
        return Promise.resolve({ Payload: Buffer.from('{"outcome":"blocked"}') });
      },
    },
    clock: {
      now,
      ...(hasMonotonicClock ? { monotonic: () => deployment.clock.now() - startMs - process.frozenMs } : {}),
      sleep: () => Promise.resolve(),
    },
  });
  const isServedValid = async () => {
    const { accessToken } = await client.getAccessToken();
    return deployment.zoho.isValid(accessToken);
  };
  return { process, client, isServedValid };
}

describe('a client on a machine with a wrong clock', () => {
  it.each([2 * HOUR_MS, -2 * HOUR_MS, 10 * MINUTE_MS, -10 * MINUTE_MS, 24 * HOUR_MS])(
    'that is %d ms ahead serves the valid token without asking the refresher, and none that has expired',
    async (aheadMs) => {
      const { client, isServedValid } = connect({ aheadMs });

      for (const minutes of [0, 52, 6]) {
        deployment.clock.advance(minutes * MINUTE_MS);
        expect(await isServedValid()).toBe(true);
      }
      expect(invocations).toBe(0);
      deployment.clock.advance(3 * MINUTE_MS);

      await expect(client.getAccessToken()).rejects.toMatchObject({ code: 'token_expired' });
    },
  );

  it.each([
    ['set forward', 2 * HOUR_MS, true],
    ['set back', -2 * HOUR_MS, true],
    ['set forward, without a monotonic clock', 2 * HOUR_MS, false],
    ['set back, without a monotonic clock', -2 * HOUR_MS, false],
  ])('that is %s two hours does the same', async (_, jumpMs, hasMonotonicClock) => {
    const { process, client, isServedValid } = connect({ hasMonotonicClock });
    await isServedValid();
    deployment.clock.advance(20 * MINUTE_MS);

    process.aheadMs = jumpMs;

    expect(await isServedValid()).toBe(true);
    deployment.clock.advance(38 * MINUTE_MS);
    expect(await isServedValid()).toBe(true);
    expect(invocations).toBe(0);
    deployment.clock.advance(3 * MINUTE_MS);
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: 'token_expired' });
  });
});

describe('a client that was frozen for three hours', () => {
  it.each([
    ['and whose monotonic clock stood still', 3 * HOUR_MS, 0],
    ['and whose monotonic clock ran on', 0, 0],
    ['while its clock was set back as far', 0, -3 * HOUR_MS],
    ['while its clock was set back two hours', 0, -2 * HOUR_MS],
    ['while its clock was set forward two hours', 3 * HOUR_MS, 2 * HOUR_MS],
  ])('%s serves no expired token', async (_, frozenMs, jumpMs) => {
    const { process, client } = connect();
    const { accessToken } = await client.getAccessToken();

    deployment.clock.advance(3 * HOUR_MS);
    await deployment.tick();
    Object.assign(process, { frozenMs, aheadMs: jumpMs });

    const later = await client.getAccessToken();
    expect(later.accessToken).not.toBe(accessToken);
    expect(deployment.zoho.isValid(later.accessToken)).toBe(true);
    expect(invocations).toBe(0);
  });
});

describe('a client whose Secrets Manager cannot be reached', () => {
  it.each([
    ['set forward two hours serves nothing that might have expired', 2 * HOUR_MS, false],
    ['set back two hours serves the token until it expires', -2 * HOUR_MS, true],
  ])('and whose clock is %s', async (_, jumpMs, isServed) => {
    const { process, client } = connect();
    await client.getAccessToken();
    Object.assign(process, { isOffline: true, aheadMs: jumpMs });
    deployment.clock.advance(58 * MINUTE_MS);

    const served = await client.getAccessToken().then(
      () => true,
      () => false,
    );
    deployment.clock.advance(3 * MINUTE_MS);

    expect(served).toBe(isServed);
    await expect(client.getAccessToken()).rejects.toMatchObject({ code: 'secret_unavailable' });
  });
});
