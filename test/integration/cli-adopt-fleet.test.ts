import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toItem } from '../../lambdas/adapters/connection-row.ts';
import { createSealedCredentials } from '../../lambdas/adapters/sealed/sealed-credentials.ts';
import { createSealer } from '../../lambdas/adapters/sealed/sealer.ts';
import { partitionOf } from '../../lambdas/core/connection/partition.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { sealedTable } from '../../sandbox/aws/sealed-table.ts';
import { createConnectionsTable } from '../support/connections-table.ts';
import { fleetKnobs, readSealed, sealedCredentialsOf, tickShard } from '../support/fleet-deployment.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';

const OLD_KEY = 'arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-4000-8000-00000000001d';
const never = new AbortController().signal;

let desk: OperatorDesk;
beforeAll(async () => {
  desk = await OperatorDesk.open({}, fleetKnobs());
  desk.secrets.store.keys.others.add(OLD_KEY);
});
afterAll(() => desk.close());

const send = (command: GetItemCommand | PutItemCommand | DeleteItemCommand) =>
  desk.deployment.dependencies.aws.dynamoDb.send(command as GetItemCommand);
const keyOf = (name: string) => ({ connection: { S: name } });
const deleteItem = (TableName: string, name: string) =>
  send(new DeleteItemCommand({ TableName, Key: keyOf(name) }));
const loseRow = (name: string) => deleteItem(desk.deployment.config.tableName, name);
const loseCredentials = (name: string) => deleteItem('zoho-credentials', name);
const readItem = async (TableName: string, name: string): Promise<Record<string, AttributeValue>> => {
  const { Item = {} } = await send(new GetItemCommand({ TableName, Key: keyOf(name), ConsistentRead: true }));
  return Item;
};

/** Connects and authorizes a tenant, in DynamoDB unless told otherwise. */
async function live(name: string, ...options: string[]): Promise<void> {
  const client = desk.client();
  const stdin = desk.zoho.grant({ clientId: client.clientId, dataCenter: 'eu', scope: SCOPE });
  await desk.run(['connect', name, '--data-center', 'eu', '--scope', SCOPE, ...options]);
  const { exitCode } = await desk.run(['authorize', name, '--import'], {
    environment: desk.with(client),
    stdin,
  });
  expect(exitCode).toBe(0);
}

/** The credentials of a connection in a table, as another deployment with the same prefix has sealed them. */
async function sealWithOldKey(tableName: string, name: string): Promise<void> {
  const stored = await sealedCredentialsOf(desk.deployment).read(name, never);
  if (stored.kind !== 'found') throw new Error(`${name} has no credentials.`);
  const { dynamoDb, kms } = desk.deployment.dependencies.aws;
  const sealer = createSealer(kms, { keyArn: OLD_KEY, secretPrefix: 'zoho' });
  const { versionId, text } = stored;
  const seenVersionId = tableName === 'zoho-credentials' ? versionId : undefined;
  await createSealedCredentials(dynamoDb, { tableName, sealer }).write(
    { connection: name, versionId, text, seenVersionId },
    never,
  );
}

async function createSealedTable(TableName: string): Promise<void> {
  const client = desk.deployment.dependencies.aws.dynamoDb;
  await client.send(new CreateTableCommand(sealedTable(TableName)));
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 10 }, { TableName });
}

async function nextToken(name: string): Promise<unknown> {
  await desk.deployment.tick();
  desk.clock.advance(60_000);
  await tickShard(desk.deployment);
  return (await readSealed(desk.deployment, name))?.document.generation;
}

describe('adopt --all in a fleet', () => {
  it('registers a connection in DynamoDB whose row was lost, above the published generation', async () => {
    await live('lost-1');
    const before = await desk.row('lost-1');
    await loseRow('lost-1');

    const { exitCode, stdout } = await desk.run('adopt --all');

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'done: lost-1: register it as connected\n' });
    expect(await desk.row('lost-1')).toMatchObject({
      store: 'dynamodb',
      intent: { dataCenter: 'eu', scopes: [SCOPE] },
      generation: before.generation,
    });
    expect(await nextToken('lost-1')).toBe(before.generation + 1);
    expect((await desk.row('lost-1')).partition).toBe(partitionOf('lost-1'));
  });

  it('registers one that never had a token, and the only one of a name', async () => {
    await live('lost-2');
    await loseRow('lost-2');
    await deleteItem('zoho-tokens', 'lost-2');

    const { exitCode, stdout } = await desk.run('adopt lost-2');

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'done: lost-2: register it as connected\n' });
    expect(await desk.row('lost-2')).toMatchObject({ store: 'dynamodb', status: 'pending' });
    expect(await nextToken('lost-2')).toBe(1);
  });

  it('is what audit advises for such a connection', async () => {
    await live('lost-4');
    await loseRow('lost-4');

    const { stdout } = await desk.run('audit --json');
    await desk.run('adopt lost-4');

    expect(JSON.parse(stdout).findings).toContainEqual(
      expect.objectContaining({ connection: 'lost-4', rule: 'secret-without-row' }),
    );
    expect(JSON.parse((await desk.run('audit --json')).stdout).findings).not.toContainEqual(
      expect.objectContaining({ rule: 'secret-without-row' }),
    );
  });

  it('records what was wanted of a connection whose row the refresher has created again', async () => {
    await live('lost-5');
    await loseRow('lost-5');
    await desk.refresh('lost-5');
    expect((await desk.row('lost-5')).intent).toBeUndefined();

    const { exitCode, stdout } = await desk.run('adopt --all');

    const does = 'record its data center and scopes, as they are in its credentials';
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `done: lost-5: ${does}\n` });
    expect((await desk.row('lost-5')).intent).toEqual({ dataCenter: 'eu', scopes: [SCOPE] });
  });

  it('names a connection of which only the token is left', async () => {
    await live('lost-6');
    await loseRow('lost-6');
    await loseCredentials('lost-6');

    const { exitCode, stderr } = await desk.run('adopt --all');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('problem: lost-6: has a token in DynamoDB, but no credentials and no row');
    expect(stderr).toContain('TableRestored.md#the-tables-of-a-fleet');
    await deleteItem('zoho-tokens', 'lost-6');
  });

  it('finds nothing to change in a fleet that is healthy', async () => {
    await live('well-1');
    await live('well-2', '--store', 'secrets-manager');

    const { exitCode, stdout, stderr } = await desk.run('adopt --all');

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Nothing to change.\n' });
    expect(stderr).not.toContain('problem');
  });

  it('re-encrypts credentials that were sealed with another key, and they work', async () => {
    await live('rekeyed');
    const { generation, credentialsVersionId } = await desk.row('rekeyed');
    await sealWithOldKey('zoho-credentials', 'rekeyed');
    desk.clock.advance(55 * 60_000);
    await tickShard(desk.deployment);
    expect((await desk.row('rekeyed')).lastFailure?.code).toBe('aws_kms_denied');

    const plan = await desk.run('adopt --all --dry-run');
    const { exitCode, stdout } = await desk.run('adopt --all');

    const does = 're-encrypt zoho-credentials/rekeyed with the key of this deployment';
    expect(plan.stdout).toBe(`2 changes:\n  rekeyed: ${does}\n  rekeyed: refresh it with the next tick\n`);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `done: rekeyed: ${does}\ndone: rekeyed: refresh it with the next tick\n`,
    });
    expect(await nextToken('rekeyed')).toBeGreaterThan(generation);
    expect((await desk.row('rekeyed')).credentialsVersionId).toBe(credentialsVersionId);
  });

  it('names the credentials that cannot be decrypted, and goes on with the others', async () => {
    await live('key-gone');
    await live('of-another');
    await live('lost-3');
    await sealWithOldKey('zoho-credentials', 'key-gone');
    desk.secrets.store.keys.disable(OLD_KEY);
    const foreign = { ...(await readItem('zoho-credentials', 'well-1')), ...keyOf('of-another') };
    await send(new PutItemCommand({ TableName: 'zoho-credentials', Item: foreign }));
    await loseRow('lost-3');

    const { exitCode, stdout, stderr } = await desk.run('adopt --all');
    desk.secrets.store.keys.enable(OLD_KEY);

    expect(exitCode).toBe(1);
    expect(stdout).toBe('done: lost-3: register it as connected\n');
    expect(stderr).toContain(
      'problem: key-gone: The credentials of key-gone cannot be decrypted: the KMS key',
    );
    expect(stderr).toContain(
      'problem: of-another: The credentials of of-another are damaged, or were sealed',
    );
    await loseCredentials('key-gone');
    await loseCredentials('of-another');
    await loseRow('key-gone');
    await loseRow('of-another');
  });
});

describe('adopt --table in a fleet', () => {
  const RESTORED = 'ConnectionsRestored';

  beforeAll(() => createConnectionsTable(desk.deployment.dependencies.aws.dynamoDb, RESTORED));

  const backUp = async (name: string) =>
    void (await send(new PutItemCommand({ TableName: RESTORED, Item: toItem(await desk.row(name)) })));

  it('copies a row above the generation that is published in DynamoDB', async () => {
    await live('back-1');
    await backUp('back-1');
    desk.clock.advance(11 * 60_000);
    await desk.refresh('back-1');
    await desk.refresh('back-1');
    const { generation } = await desk.row('back-1');
    await loseRow('back-1');

    const { exitCode, stdout } = await desk.run(`adopt --table ${RESTORED} back-1`);

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'done: back-1: copy its row\n' });
    expect(await desk.row('back-1')).toMatchObject({
      ...{ generation, store: 'dynamodb', partition: partitionOf('back-1') },
    });
    expect(await nextToken('back-1')).toBe(generation + 1);
  });

  it.each([
    ['to DynamoDB', 'secrets-manager', 'dynamodb', 'lost'],
    ['to DynamoDB', 'secrets-manager', 'dynamodb', 'replaced'],
    ['to Secrets Manager', 'dynamodb', 'secrets-manager', 'lost'],
    ['to Secrets Manager', 'dynamodb', 'secrets-manager', 'replaced'],
  ] as const)(
    'knows that a connection was moved %s since the backup from %s (%s), when its row is %s',
    async (_, from, to, row) => {
      const name = `moved-to-${to}-${row}`;
      await live(name, '--store', from);
      await backUp(name);
      await desk.run(`move ${name} --to ${to} --confirm ${name}`);
      if (row === 'lost') await loseRow(name);

      const { exitCode } = await desk.run(`adopt --table ${RESTORED} --overwrite ${name}`);

      expect(exitCode).toBe(0);
      const restored = await desk.row(name);
      expect(restored.store ?? 'secrets-manager').toBe(to);
      expect(restored.intent).toEqual(to === 'dynamodb' ? { dataCenter: 'eu', scopes: [SCOPE] } : undefined);
      desk.clock.advance(11 * 60_000);
      await desk.refresh(name);
      expect((await desk.run(`doctor ${name}`)).stdout).not.toContain('no credentials');
    },
  );
});

describe('adopt --credentials-table', () => {
  const OLD = 'CredentialsOfTheOldStack';

  beforeAll(() => createSealedTable(OLD));

  const forget = async (name: string) => {
    await loseCredentials(name);
    await deleteItem('zoho-tokens', name);
    await loseRow(name);
  };

  it('brings the connections of a destroyed stack back, sealed with the new key, without an authorization', async () => {
    await live('old-1');
    await live('old-2');
    for (const name of ['old-1', 'old-2']) {
      await sealWithOldKey(OLD, name);
      await forget(name);
    }

    const copied = await desk.run(`adopt --credentials-table ${OLD} --all`);
    const registered = await desk.run('adopt --all');

    expect(copied).toMatchObject({ exitCode: 0 });
    expect(copied.stdout.split('\n').sort()).toEqual([
      '',
      'done: old-1: copy its credentials',
      'done: old-2: copy its credentials',
    ]);
    expect(copied.stderr).toContain('zoho-tokens adopt --all');
    expect(registered.stdout).toBe(
      'done: old-1: register it as connected\ndone: old-2: register it as connected\n',
    );
    expect([await nextToken('old-1'), await nextToken('old-2')]).toEqual([1, expect.anything()]);
  });

  it('keeps credentials that exist, unless they are to be overwritten', async () => {
    await live('old-3');
    await sealWithOldKey(OLD, 'old-3');
    const restoredVersion = (await readItem(OLD, 'old-3')).version?.S;
    await sealedCredentialsOf(desk.deployment).write(
      {
        ...{ connection: 'old-3', versionId: 'newer', seenVersionId: restoredVersion },
        text: new Redacted('{}'),
      },
      never,
    );

    const kept = await desk.run(`adopt --credentials-table ${OLD} old-3`);
    const versionKept = (await readItem('zoho-credentials', 'old-3')).version?.S;
    const replaced = await desk.run(`adopt --credentials-table ${OLD} --overwrite old-3`);

    expect(kept).toMatchObject({ exitCode: 0, stdout: 'Nothing to change.\n' });
    expect(versionKept).toBe('newer');
    expect(replaced.stdout).toBe('done: old-3: replace its credentials by the restored ones\n');
    expect((await readItem('zoho-credentials', 'old-3')).version?.S).toBe(restoredVersion);
  });

  it('leaves out what is in Secrets Manager now', async () => {
    await live('old-4');
    await sealWithOldKey(OLD, 'old-4');
    await desk.run('move old-4 --to secrets-manager --confirm old-4');

    const { exitCode, stdout, stderr } = await desk.run(`adopt --credentials-table ${OLD} old-4`);

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Nothing to change.\n' });
    expect(stderr).toContain('note: old-4: is in Secrets Manager now');
  });

  it('fails for a connection whose key may not be used, and continues where it stopped', async () => {
    await live('old-5');
    await sealWithOldKey(OLD, 'old-5');
    await loseCredentials('old-5');
    desk.secrets.store.keys.disable(OLD_KEY, 'PendingDeletion');

    const failed = await desk.run(`adopt --credentials-table ${OLD} old-5`);
    desk.secrets.store.keys.enable(OLD_KEY);
    const again = await desk.run(`adopt --credentials-table ${OLD} old-5`);

    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('OnlyToUnsealWithTheOldKey');
    expect(failed.stderr).toContain('Run the command again: it continues where it stopped.');
    expect(again).toMatchObject({ exitCode: 0, stdout: 'done: old-5: copy its credentials\n' });
  });

  it('makes a connection due whose credentials were missing, and says so', async () => {
    await live('old-6');
    await sealWithOldKey(OLD, 'old-6');
    await loseCredentials('old-6');
    desk.clock.advance(55 * 60_000);
    await tickShard(desk.deployment);
    const doctor = await desk.run('doctor old-6');
    const plan = await desk.run('adopt old-6 --dry-run');
    const audit = await desk.run('audit');

    const { stderr } = await desk.run(`adopt --credentials-table ${OLD} old-6`);
    await tickShard(desk.deployment);

    const { lastFailure, status } = await desk.row('old-6');
    expect({ lastFailure, status }).toEqual({ lastFailure: undefined, status: 'active' });
    expect(stderr).toContain('Connections with a row are refreshed within a minute.');
    for (const { stdout, stderr: notes } of [doctor, plan, audit])
      expect(stdout + notes).toContain('TableRestored.md#the-tables-of-a-fleet');
    expect(doctor.stdout).toContain('The credentials of old-6 are not in DynamoDB any more.');
  });

  it('gives no credentials back to a connection that was disconnected', async () => {
    await live('old-7');
    await sealWithOldKey(OLD, 'old-7');
    await desk.run('disconnect old-7 --confirm old-7');

    const { exitCode, stdout, stderr } = await desk.run(`adopt --credentials-table ${OLD} old-7`);

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Nothing to change.\n' });
    expect(stderr).toContain('note: old-7: was disconnected or revoked here');
    expect(await readItem('zoho-credentials', 'old-7')).toEqual({});
  });

  it('leaves out an item of another connection, and keeps what is there', async () => {
    await live('old-8');
    const before = await readItem('zoho-credentials', 'old-8');
    const foreign = { ...(await readItem(OLD, 'old-1')), ...keyOf('old-8') };
    await send(new PutItemCommand({ TableName: OLD, Item: foreign }));
    await send(new PutItemCommand({ TableName: OLD, Item: { ...foreign, ...keyOf('not a name') } }));

    const { exitCode, stderr } = await desk.run(`adopt --credentials-table ${OLD} --overwrite old-8`);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('They were left out, and what old-8 has now was kept.');
    expect(stderr).toContain(
      `note: ${OLD}: 1 of its items are no credentials of a connection, and are left out`,
    );
    expect(await readItem('zoho-credentials', 'old-8')).toEqual(before);
  });

  it('refuses what is no table of credentials of another stack', async () => {
    await createSealedTable('Empty');
    const runs = [
      await desk.run('adopt --all --credentials-table Empty'),
      await desk.run('adopt --all --table Empty'),
      await desk.run('adopt --all --credentials-table zoho-credentials'),
      await desk.run('adopt --all --credentials-table zoho-tokens'),
      await desk.run('adopt --all --credentials-table NoSuchTable'),
      await desk.run(`adopt no-such --credentials-table ${OLD}`),
      await desk.run(`adopt --all --credentials-table ${OLD} --table Rows`),
    ];

    expect(runs.map(({ exitCode }) => exitCode)).toEqual([1, 1, 2, 1, 1, 1, 2]);
    expect(runs.map(({ stderr }) => /(?:error|problem): .*/.exec(stderr)?.[0])).toEqual([
      'error: Empty is empty.',
      'error: Empty is empty.',
      'error: zoho-credentials is the table of this deployment itself.',
      expect.stringMatching(/^error: zoho-tokens has \d+ items, and none is one of credentials\.$/),
      'error: dynamodb:Scan on NoSuchTable failed: the resource does not exist.',
      `problem: no-such: has no credentials in ${OLD}`,
      'error: --table restores rows, and --credentials-table restores credentials.',
    ]);
  });
});
