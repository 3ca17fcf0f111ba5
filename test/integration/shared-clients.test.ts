import { afterEach, describe, expect, it } from 'vitest';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { startDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

const NAMES = ['one', 'two'];
const SCOPE = 'ZohoCRM.modules.ALL';

/** Connections of one client, each with a token. Their renewals are spread over the hour. */
async function startClient({ names = NAMES, client = {} }: { names?: string[]; client?: object } = {}) {
  const connections = Object.fromEntries(
    names.map((name) => [name, { dataCenter: 'eu', scopes: [SCOPE] } as const]),
  );
  deployment = await startDeployment({ connections });
  const { clientId, clientSecret } = deployment.zoho.registerClient({ dataCenter: 'eu' });
  const shared = { client_id: clientId, data_center: 'eu', client_secret: clientSecret, ...client };
  deployment.putClient('acme', shared);
  for (const name of names) deployment.authorizeWithClient(name, 'acme', clientId);
  await deployment.runMinutes(1);
  return { clientId, clientSecret, shared };
}

const rowOf = (name: string) => deployment.readConnection(name);
const client = () => deployment.aws.secretsManager.store.get('zoho/acme/client');
const rotateTo = (shared: object, clientSecret: string) =>
  deployment.putClient('acme', { ...shared, client_secret: clientSecret }, { pending: true });
const mints = () => deployment.zoho.tokenCalls.length;

/** Advances minute by minute and says in which minutes a connection had no token that Zoho accepts. */
async function minutesWithoutToken(minutes: number, names = NAMES): Promise<number> {
  let without = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    await deployment.runMinutes(1);
    for (const name of names) {
      const token = deployment.readToken(name)?.access_token ?? '';
      if (!deployment.zoho.isValid(token)) without += 1;
    }
  }
  return without;
}

describe('connections of a shared client', () => {
  it('are refreshed with its id and secret, and their rows name it', async () => {
    await startClient();

    for (const name of NAMES) {
      expect(await rowOf(name)).toMatchObject({ status: 'active', client: 'acme', generation: 1 });
    }
  });

  it('cost two reads of the client a tick, however many are due', async () => {
    await startClient();
    for (const name of NAMES) expect(await rowOf(name)).toMatchObject({ generation: 1 });

    const reads = deployment.aws.secretsManager.calls.filter(({ secret }) => secret === 'zoho/acme/client');

    expect(reads.map(({ operation }) => operation)).toEqual(['GetSecretValue', 'GetSecretValue']);
  });

  it('use the secret of their data center if there is one for each', async () => {
    await startClient({ names: ['one'] });
    const { clientId, clientSecret } = deployment.zoho.registerClient({ dataCenter: 'eu' });
    const secrets = { us: 'f'.repeat(42), eu: clientSecret };
    deployment.putClient('acme', { client_id: clientId, data_center: 'us', client_secrets: secrets });
    deployment.authorizeWithClient('one', 'acme', clientId);

    expect(await deployment.refresh('one')).toMatchObject({ outcome: 'refreshed' });
  });
});

describe('credentials whose client cannot be used', () => {
  const breakAndTick = async (change: () => void) => {
    await startClient({ names: ['one'] });
    const before = deployment.readToken('one');
    change();
    await deployment.refresh('one');
    expect(deployment.readToken('one')).toEqual(before);
    return await rowOf('one');
  };

  it.each([
    ['is gone', 'unknown_client', () => deployment.aws.secretsManager.store.deleteNow('zoho/acme/client')],
    ['is malformed', 'malformed_client', () => deployment.putClient('acme', '{"client_id":')],
    [
      'has no secret for their data center',
      'client_without_data_center',
      () =>
        deployment.putClient('acme', {
          client_id: '1000.A',
          data_center: 'us',
          client_secrets: { us: 'f'.repeat(42) },
        }),
    ],
  ])('fail with a code of their own if it %s, and the published token stands', async (_, code, change) => {
    const calls = mints;
    const row = await breakAndTick(change);

    expect(row).toMatchObject({ status: 'blocked', client: 'acme', lastFailure: { code } });
    expect(row.lastFailure?.message).toContain('acme');
    expect(row.mintsMs).toHaveLength(1);
    expect(calls()).toBe(1);
  });

  it('are used again within five minutes of its return', async () => {
    const { shared } = await startClient({ names: ['one'] });
    deployment.aws.secretsManager.store.deleteNow('zoho/acme/client');
    await deployment.refresh('one');

    deployment.putClient('acme', shared);
    await deployment.runMinutes(6);

    expect(await rowOf('one')).toMatchObject({ status: 'active', lastFailure: undefined });
  });
});

describe('a rotation', () => {
  it.each([
    ['at once', 0, 0],
    ['three minutes before', -3, 0],
    ['an hour later', 60, 0],
  ])('leaves no connection without a token if Zoho ends the old secret %s', async (_, endsAfterMinutes) => {
    const { clientId, shared } = await startClient();
    await deployment.runMinutes(51, { every: 17 });
    const keepsOld = endsAfterMinutes > 0;
    const { clientSecret } = deployment.zoho.regenerateSecret(clientId, { keepsOld });
    let without = await minutesWithoutToken(endsAfterMinutes < 0 ? -endsAfterMinutes : 0);
    rotateTo(shared, clientSecret);
    without += await minutesWithoutToken(Math.max(0, endsAfterMinutes));
    deployment.zoho.endOldSecrets(clientId);
    without += await minutesWithoutToken(endsAfterMinutes > 0 ? 60 : 12);

    expect(without).toBe(0);
    expect(client().stages.get('AWSCURRENT')).toBe(client().stages.get('AWSPENDING'));
    for (const name of NAMES) expect(await rowOf(name)).toMatchObject({ status: 'active', failures: 0 });
  });

  it('asks Zoho with the new secret only after it has refused the old one, in an attempt of its own', async () => {
    const { clientId, shared } = await startClient({ names: ['one'] });
    const { clientSecret } = deployment.zoho.regenerateSecret(clientId);
    rotateTo(shared, clientSecret);

    expect(await deployment.refresh('one')).toMatchObject({ outcome: 'failed' });
    expect(await deployment.refresh('one')).toMatchObject({ outcome: 'refreshed' });
    expect((await rowOf('one')).mintsMs).toHaveLength(3);
    expect(mints()).toBe(3);
  });

  it('back to the secret before it works in the same way', async () => {
    const { clientId, clientSecret, shared } = await startClient({ names: ['one'] });
    rotateTo(shared, 'e'.repeat(42));
    rotateTo(shared, clientSecret);

    expect(await deployment.refresh('one')).toMatchObject({ outcome: 'refreshed' });
    deployment.zoho.regenerateSecret(clientId);
    await deployment.refresh('one');
    await deployment.refresh('one');
    expect(await rowOf('one')).toMatchObject({ lastFailure: { code: 'invalid_client_secret' } });
  });
});

describe('a new secret that is wrong', () => {
  it('stays pending and changes nothing while Zoho accepts the current one', async () => {
    const { shared } = await startClient({ names: ['one'] });
    const before = client().stages.get('AWSCURRENT');
    rotateTo(shared, 'e'.repeat(42));

    await deployment.runMinutes(51, { every: 17 });
    expect(await minutesWithoutToken(6, ['one'])).toBe(0);
    expect(client().stages.get('AWSCURRENT')).toBe(before);
    expect(client().stages.get('AWSPENDING')).not.toBe(before);
    expect(await rowOf('one')).toMatchObject({ status: 'active', lastFailure: undefined });
  });

  it('blocks nothing that the current one would not, and a third one is tried', async () => {
    const { clientId, shared } = await startClient({ names: ['one'] });
    const { clientSecret } = deployment.zoho.regenerateSecret(clientId);
    rotateTo(shared, 'e'.repeat(42));
    await deployment.refresh('one');
    await deployment.refresh('one');

    const refused = await rowOf('one');
    expect(refused).toMatchObject({ status: 'active', lastFailure: { code: 'invalid_client_secret' } });
    expect(refused.lastFailure?.message).toContain('neither');
    rotateTo(shared, clientSecret);
    await deployment.runMinutes(2);
    expect(await rowOf('one')).toMatchObject({ status: 'active', lastFailure: undefined });
    expect(client().stages.get('AWSCURRENT')).toBe(client().stages.get('AWSPENDING'));
  });

  it('is asked about as seldom as the current one, whatever consumers do', async () => {
    const { clientId, shared } = await startClient({ names: ['one'] });
    deployment.zoho.regenerateSecret(clientId);
    rotateTo(shared, 'e'.repeat(42));
    await deployment.refresh('one');
    const before = mints();

    for (let minute = 0; minute < 20; minute += 1) {
      await deployment.runMinutes(1);
      for (let again = 0; again < 2; again += 1) {
        await deployment.refresh('one', { rejectedGeneration: 1, reason: 'unauthorized' });
      }
    }

    // Each of the two after about 1, 3, 8, 14 and 20 minutes, and the new one for the first time.
    expect(mints() - before).toBeLessThanOrEqual(2 * 5 + 1);
    expect((await rowOf('one')).status).toBe('blocked');
  });
});
