import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toItem } from '../../lambdas/adapters/connection-row.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { activeConnection } from '../support/builders.ts';
import { createConnectionsTable } from '../support/connections-table.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const OLD_KEY = 'arn:aws:kms:eu-west-1:000000000000:key/old';
const OUR_KEY = 'arn:aws:kms:eu-west-1:000000000000:key/5b7e9d1c-2f3a-4c6d-8e0f-1a2b3c4d5e6f';
const OUR_TAGS = [['application', 'zoho-token-refresher']] as const;

let desk: OperatorDesk;
beforeAll(async () => {
  desk = await OperatorDesk.open({ 'crm-prod': { dataCenter: 'eu', scopes: [SCOPE] } });
});
afterAll(() => desk.close());

const secretOf = (name: string, kind: string) => desk.secrets.store.find(`zoho/${name}/${kind}`);
const keysOfCurrent = (name: string, kind: string) => {
  const secret = secretOf(name, kind);
  return secret?.versions.get(secret.stages.get('AWSCURRENT') ?? '')?.keyIds;
};

/** A connection as a destroyed deployment leaves it: credentials, and a token if it was connected at run time; no row. */
function leaveBehind(
  name: string,
  {
    tags = OUR_TAGS,
    generation,
  }: { tags?: readonly (readonly [string, string])[]; generation?: number } = {},
): void {
  const { clientId, clientSecret } = desk.client();
  const credentials = {
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: desk.zoho.grant({ clientId, dataCenter: 'eu', scope: SCOPE }),
    data_center: 'eu',
    scope: SCOPE,
  };
  const { store } = desk.secrets;
  const common = { kmsKeyId: OLD_KEY, tags: new Map(tags) };
  store.create({
    name: `zoho/${name}/credentials`,
    value: secretText(JSON.stringify(credentials)),
    ...common,
  });
  if (generation === undefined) return;
  const token = {
    access_token: '1000.a.b',
    token_type: 'Zoho-oauthtoken',
    api_domain: 'https://www.zohoapis.eu',
    data_center: 'eu',
    scope: SCOPE,
    connection: name,
    generation,
    issued_at: new Date(desk.clock.now() - 120_000).toISOString(),
    expires_at: new Date(desk.clock.now() + 3_000_000).toISOString(),
    refresh_after: new Date(desk.clock.now() + 2_000_000).toISOString(),
  };
  store.create({ name: `zoho/${name}/access-token`, value: secretText(JSON.stringify(token)), ...common });
}

describe('adopt after destroy and deploy', () => {
  it('re-encrypts, registers above the published generation, and mints with the next tick', async () => {
    leaveBehind('acme-1', { generation: 500 });

    const { exitCode, stdout } = await desk.run('adopt acme-1');
    await desk.deployment.tick();

    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'done: acme-1: re-encrypt zoho/acme-1/credentials with the key of this deployment',
        'done: acme-1: tag zoho/acme-1/credentials as a secret of this deployment',
        'done: acme-1: re-encrypt zoho/acme-1/access-token with the key of this deployment',
        'done: acme-1: register it as connected',
        '',
      ].join('\n'),
    );
    for (const kind of ['credentials', 'access-token'])
      expect(secretOf('acme-1', kind)?.kmsKeyId).toBe(OUR_KEY);
    expect(keysOfCurrent('acme-1', 'credentials')).toEqual([OLD_KEY, OUR_KEY]);
    expect(desk.deployment.readToken('acme-1')?.generation).toBe(501);
  });

  it('creates the token secret of a connection that has credentials only, with the data center of the credentials', async () => {
    leaveBehind('acme-2');

    const { exitCode } = await desk.run('adopt acme-2');
    await desk.deployment.tick();

    expect(exitCode).toBe(0);
    expect(Object.fromEntries(secretOf('acme-2', 'access-token')?.tags ?? [])).toMatchObject({
      'zoho-token-refresher:data-center': 'eu',
      'zoho-token-refresher:scopes': SCOPE,
    });
    expect(desk.deployment.readToken('acme-2')?.generation).toBe(1);
  });

  it('takes over the client that credentials refer to, without which they are of no use', async () => {
    const { clientId, clientSecret } = desk.client();
    const { store } = desk.secrets;
    const value = (json: object) => secretText(JSON.stringify(json));
    const common = { kmsKeyId: OLD_KEY, tags: new Map(OUR_TAGS) };
    store.create({
      ...{ name: 'zoho/shared/client', ...common },
      value: value({ client_id: clientId, client_secret: clientSecret, data_center: 'eu' }),
    });
    const refreshToken = desk.zoho.grant({ clientId, dataCenter: 'eu', scope: SCOPE });
    store.create({
      ...{ name: 'zoho/acme-shared/credentials', ...common },
      value: value({ client: 'shared', refresh_token: refreshToken, data_center: 'eu' }),
    });

    const { exitCode, stdout } = await desk.run('adopt acme-shared');
    await desk.deployment.tick();

    expect(exitCode).toBe(0);
    expect(stdout).toContain('client shared: re-encrypt zoho/shared/client with the key of this deployment');
    expect(secretOf('shared', 'client')?.kmsKeyId).toBe(OUR_KEY);
    expect(desk.deployment.readToken('acme-shared')?.generation).toBe(1);
  });

  it('takes over everything with --all, and changes nothing when it is repeated', async () => {
    leaveBehind('acme-3', { generation: 7 });
    leaveBehind('crm-prod');
    await desk.deployment.tick();

    const first = await desk.run('adopt --all');
    const second = await desk.run('adopt --all');
    await desk.deployment.tick();

    expect(first.exitCode).toBe(0);
    expect(second).toMatchObject({ exitCode: 0, stdout: 'Nothing to change.\n' });
    expect(desk.deployment.readToken('acme-3')?.generation).toBe(8);
    expect(desk.deployment.readToken('crm-prod')?.generation).toBe(1);
  });

  it('two at once are harmless', async () => {
    leaveBehind('acme-4', { generation: 3 });

    const runs = await Promise.all([desk.run('adopt acme-4'), desk.run('adopt acme-4')]);
    await desk.deployment.tick();

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(desk.deployment.readToken('acme-4')?.generation).toBe(4);
  });

  it('shows the plan and asks, unless connections are named', async () => {
    leaveBehind('acme-5');

    const dryRun = await desk.run('adopt --all --dry-run');
    const declined = await desk.run('adopt', { answers: [false] });
    const withoutTerminal = await desk.run('adopt');

    expect(dryRun.stdout).toContain('\n  acme-5: re-encrypt zoho/acme-5/credentials with the key');
    expect(declined).toMatchObject({ exitCode: 1 });
    expect(declined.questions.at(-1)).toMatch(/^Make these \d+ changes\?$/);
    expect(withoutTerminal).toMatchObject({ exitCode: 2 });
    expect(withoutTerminal.stderr).toContain('Name the connections, or use --all.');
    expect(secretOf('acme-5', 'credentials')?.kmsKeyId).toBe(OLD_KEY);
  });

  it('says how to make a disabled key usable, and changes nothing', async () => {
    leaveBehind('acme-6', { generation: 3 });
    desk.secrets.store.keys.disable(OLD_KEY);

    const { exitCode, stderr } = await desk.run('adopt acme-6');
    desk.secrets.store.keys.enable(OLD_KEY);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `failed: acme-6: re-encrypt zoho/acme-6/credentials with the key of this deployment: zoho/acme-6/credentials cannot be decrypted: its KMS key ${OLD_KEY} is disabled or about to be deleted, or you may not use it.`,
    );
    expect(stderr).toContain(`aws kms cancel-key-deletion --key-id ${OLD_KEY}`);
    expect(secretOf('acme-6', 'credentials')?.kmsKeyId).toBe(OLD_KEY);
  });

  it.each<[string, string, () => void, string]>([
    [
      'without our tags',
      'taken-1',
      () => leaveBehind('taken-1', { tags: [] }),
      'is foreign: it has no tag of this project',
    ],
    [
      'of another deployment',
      'taken-2',
      () => leaveBehind('taken-2', { tags: [...OUR_TAGS, ['zoho-token-refresher:deployment', 'other']] }),
      'is foreign: it has no tag of this project',
    ],
  ])('refuses a foreign secret: %s', async (_, name, prepare, message) => {
    prepare();

    const { exitCode, stderr } = await desk.run(`adopt ${name}`);

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`problem: ${name}: zoho/${name}/credentials ${message}`);
    expect(secretOf(name, 'credentials')?.kmsKeyId).toBe(OLD_KEY);
  });

  it('reports a row without a secret, and a token secret without a row', async () => {
    await desk.connected('acme-7');
    desk.secrets.store.deleteNow('zoho/acme-7/credentials');
    desk.secrets.store.create({ name: 'zoho/acme-8/access-token', tags: new Map(OUR_TAGS) });

    const runs = [
      await desk.run('adopt acme-7'),
      await desk.run('adopt acme-8'),
      await desk.run('adopt acme-9'),
    ];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    expect(runs.map(({ stderr }) => /problem: .*/.exec(stderr)?.[0])).toEqual([
      'problem: acme-7: has a row, but its credentials secret is gone',
      'problem: acme-8: has a token secret, but no credentials and no row',
      'problem: acme-9: has neither secrets nor a row',
    ]);
  });

  it.each([
    ['adopt crm-prod --all', 'Use either names of connections or --all.'],
    ['adopt --finish --all', '--finish needs --from.'],
    ['adopt --from zoho --all', '--from is the deployment zoho itself.'],
    ['adopt --from /zoho/ --all', 'The value of --from is not a prefix of secret names (value omitted).'],
    ['adopt --from a --table Backup', '--from moves connections, and --table restores rows.'],
    ['adopt --overwrite', '--overwrite needs --table or --credentials-table.'],
    ['adopt --from-table Old --all', '--from-table needs --from.'],
    ['adopt --table x', 'The value of --table is not the name of a table (value omitted).'],
    ['adopt not/a/name', 'The connection name is not valid (value omitted)'],
  ])('refuses %j', async (command, message) => {
    const { exitCode, stderr } = await desk.run(command);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('adopt --table', () => {
  const RESTORED = 'ConnectionsRestored';

  beforeAll(async () => {
    const client = desk.deployment.dependencies.aws.dynamoDb;
    await createConnectionsTable(client, RESTORED);
  });

  async function backUp(name: string): Promise<void> {
    const row = await desk.row(name);
    const Item = toItem({
      ...row,
      lease: { owner: 'of the time of the backup', untilMs: desk.clock.now() + 60_000 },
    });
    await desk.deployment.dependencies.aws.dynamoDb.send(new PutItemCommand({ TableName: RESTORED, Item }));
  }

  async function lose(name: string): Promise<void> {
    const { tableName } = desk.deployment.config;
    await desk.deployment.dependencies.aws.dynamoDb.send(
      new DeleteItemCommand({ TableName: tableName, Key: { connection: { S: name } } }),
    );
  }

  it('copies missing rows: without the lease, above the published generation, due at once', async () => {
    await desk.connected('back-1');
    await backUp('back-1');
    desk.clock.advance(11 * 60_000);
    await desk.refresh('back-1');
    await desk.refresh('back-1');
    await lose('back-1');

    const { exitCode, stdout } = await desk.run(`adopt --table ${RESTORED} back-1`);
    const row = await desk.row('back-1');
    await desk.deployment.tick();

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'done: back-1: copy its row\n' });
    expect(row).toMatchObject({ lease: undefined, generation: 3, nextAttemptAtMs: desk.clock.now() });
    expect(desk.deployment.readToken('back-1')?.generation).toBe(4);
  });

  it('keeps rows that exist, unless they are to be overwritten', async () => {
    await desk.connected('back-2');
    await backUp('back-2');
    desk.clock.advance(11 * 60_000);
    await desk.refresh('back-2');
    const before = await desk.row('back-2');

    const kept = await desk.run(`adopt --table ${RESTORED} back-2`);
    const rowKept = await desk.row('back-2');
    const overwritten = await desk.run(`adopt --table ${RESTORED} --overwrite back-2`);

    expect(kept).toMatchObject({ exitCode: 0, stdout: 'Nothing to change.\n' });
    expect(rowKept).toEqual(before);
    expect(overwritten.stdout).toBe('done: back-2: replace its row by the restored one\n');
    expect(await desk.row('back-2')).toMatchObject({ generation: 2, publishedGeneration: 1 });
  });

  it('skips rows that cannot be read, and names them', async () => {
    await desk.deployment.dependencies.aws.dynamoDb.send(
      new PutItemCommand({
        TableName: RESTORED,
        Item: { ...toItem(activeConnection({ name: 'torn-1' })), status: { S: 'odd' } },
      }),
    );

    const { exitCode, stderr } = await desk.run(`adopt --table ${RESTORED} torn-1`);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('problem: torn-1: its restored row cannot be read (status: ');
  });

  it('refuses a table that is missing, denied, its own, or of something else', async () => {
    const client = desk.deployment.dependencies.aws.dynamoDb;
    await createConnectionsTable(client, 'Payroll');
    await client.send(new PutItemCommand({ TableName: 'Payroll', Item: { connection: { S: 'employee' } } }));
    const runs = [
      await desk.run('adopt --all --table NoSuchTable'),
      await desk.run(`adopt --all --table ${desk.deployment.config.tableName}`),
      await desk.run('adopt --all --table Payroll'),
    ];
    const allow = desk.table.faults.deny({ operation: 'Scan' });
    runs.push(await desk.run(`adopt --all --table ${RESTORED}`));
    allow();

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 2, 1, 1]);
    expect(runs.map(({ stderr }) => /error: .*/.exec(stderr)?.[0])).toEqual([
      'error: dynamodb:Scan on NoSuchTable failed: the resource does not exist.',
      `error: ${desk.deployment.config.tableName} is the table of this deployment itself.`,
      'error: Payroll has 1 rows, and none is a row of connections.',
      `error: You have no permission for dynamodb:Scan on ${RESTORED}.`,
    ]);
  });
});
