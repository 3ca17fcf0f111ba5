import { afterAll, describe, expect, it } from 'vitest';
import { KEY_ARN } from '../../sandbox/aws/embedded-aws.ts';
import { authorizeInBrowser } from '../support/consent-visitor.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());

const { store } = desk.secrets;
const nameOf = (connection: string) => `zoho/${connection}/credentials`;
const OWN_TAGS = new Map([['application', 'zoho-token-refresher']]);

/** Imports a new refresh token, as an operator without a browser does. */
async function importToken(name: string, before = () => {}) {
  const client = desk.client();
  const stdin = desk.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
  const calls = desk.zoho.tokenCalls.length;
  before();
  const run = await desk.run(['authorize', name, '--import'], { environment: desk.with(client), stdin });
  return { ...run, refreshToken: stdin, sentToZoho: desk.zoho.tokenCalls.length - calls };
}

describe('the credentials secret', () => {
  it('is created by authorize with its value, the key and the tags of the deployment', async () => {
    const name = desk.unregistered();

    const { exitCode, refreshToken } = await importToken(name);

    const secret = store.find(nameOf(name));
    expect(exitCode).toBe(0);
    expect(secret?.kmsKeyId).toBe(KEY_ARN);
    expect(Object.fromEntries(secret?.tags ?? [])).toEqual({
      application: 'zoho-token-refresher',
      'zoho-token-refresher:deployment': 'zoho',
    });
    expect(secret?.versions.size).toBe(1);
    expect(desk.credentials(name).refresh_token).toBe(refreshToken);
  });

  it('of the stack of version 0.1 is taken over, and gets the tags', async () => {
    const name = desk.unregistered();
    const tags = new Map([['aws:cloudformation:stack-name', 'ZohoTokenRefresher']]);
    store.create({ name: nameOf(name), kmsKeyId: KEY_ARN, tags });

    const { exitCode } = await importToken(name);

    expect(exitCode).toBe(0);
    expect(store.find(nameOf(name))?.tags.get('application')).toBe('zoho-token-refresher');
  });

  it('is restored if it is scheduled for deletion', async () => {
    const { name } = await desk.live();
    store.scheduleDeletion(nameOf(name));

    const { exitCode, stdout } = await importToken(name);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`restored: ${nameOf(name)}`);
  });

  it.each([
    ['without tags', { kmsKeyId: KEY_ARN }, "lacks the deployment's tags"],
    ['with the key of an earlier deployment', { kmsKeyId: `${KEY_ARN}0`, tags: OWN_TAGS }, 'adopt'],
    ['with replicas', { kmsKeyId: KEY_ARN, tags: OWN_TAGS, replicaRegions: ['us-east-1'] }, 'replicated'],
    [
      'with a policy',
      { kmsKeyId: KEY_ARN, tags: OWN_TAGS, resourcePolicy: '{"Statement":{"Effect":"Allow"}}' },
      'resource policy',
    ],
  ])('is refused %s, before anything is sent to Zoho', async (_, secret, says) => {
    const name = desk.unregistered();
    store.create({ name: nameOf(name), ...secret });

    const { exitCode, stderr, sentToZoho } = await importToken(name);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(says);
    expect(sentToZoho).toBe(0);
    expect(store.find(nameOf(name))?.versions.size).toBe(0);
  });

  it('that someone takes during the consent is refused as well', async () => {
    const name = desk.unregistered();

    const { exitCode, stderr } = await authorizeInBrowser(desk, name, {
      alter: (callback) => {
        store.create({ name: nameOf(name) });
        return callback;
      },
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('was not created by this deployment');
    expect(store.find(nameOf(name))?.versions.size).toBe(0);
  });

  it('that the refresher cannot read is reported, after it was given time to see it', async () => {
    const name = desk.unregistered();
    const deniedMs: number[] = [];
    const allow = desk.secrets.faults.deny({ operation: 'GetSecretValue', secret: nameOf(name) });

    const { exitCode, stderr } = await importToken(name, () => deniedMs.push(desk.clock.now()));
    allow();

    expect(exitCode).toBe(1);
    expect(stderr).toContain('The refresher cannot read the credentials that were stored.');
    expect(desk.clock.now() - (deniedMs[0] ?? 0)).toBeGreaterThanOrEqual(20_000);
  });
});

describe('delete-secrets', () => {
  it('needs the name of the deployment, and changes nothing without it', async () => {
    const before = store.all().length;

    const runs = [await desk.run('delete-secrets'), await desk.run('delete-secrets --confirm other --force')];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2]);
    expect(store.all()).toHaveLength(before);
  });

  it('deletes what the stack does not, at once with --force, and leaves foreign secrets alone', async () => {
    const other = await OperatorDesk.open({ 'crm-prod': { dataCenter: 'eu', scopes: [SCOPE] } });
    const { store: secrets } = other.secrets;
    other.deployment.authorize('crm-prod');
    await other.refresh('crm-prod');
    await other.connected('acme');
    secrets.scheduleDeletion('zoho/acme/access-token');
    secrets.create({ name: 'zoho/taken/credentials' });
    secrets.create({ name: 'zoho-other/crm-prod/credentials', tags: OWN_TAGS });

    const { exitCode, stdout, stderr } = await other.run('delete-secrets --force', { answers: ['zoho'] });
    const rows = [await other.row('crm-prod'), await other.row('acme')];
    const left = secrets.all().map(({ name }) => name);
    await other.close();

    expect(exitCode).toBe(1);
    expect(stdout).toContain('deleted: zoho/acme/credentials');
    expect(stderr).toContain("left alone, because it lacks the deployment's tags: zoho/taken/credentials");
    expect(left.sort()).toEqual([
      'zoho-other/crm-prod/credentials',
      'zoho/crm-prod/access-token',
      'zoho/taken/credentials',
    ]);
    for (const row of rows) expect(row).toMatchObject({ lastFailure: { code: 'disconnected' } });
  });
});
