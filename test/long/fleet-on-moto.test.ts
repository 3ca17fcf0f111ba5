import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { createSealedCredentials } from '../../lambdas/adapters/sealed/sealed-credentials.ts';
import { createSealer } from '../../lambdas/adapters/sealed/sealer.ts';
import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { partitionOf } from '../../lambdas/core/connection/partition.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { DEFAULT_CONFIG } from '../../lambdas/refresher/config.ts';
import { createAwsClientsWithoutTimeouts } from '../../sandbox/deployment/aws-clients-without-timeouts.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import type { PublishedDocument } from '../../sandbox/deployment/local-deployment.ts';
import { LocalRefresher } from '../../sandbox/deployment/local-refresher.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { startZohoSimulator } from '../../sandbox/zoho/zoho-simulator.ts';
import type { Principal } from '../contracts/deployed-aws.ts';
import { createStack, TWO_CONNECTIONS } from '../infra/synthesize.ts';
import { withAwsDate } from '../support/aws-date.ts';
import { NOW_MS } from '../support/builders.ts';
import { startMoto } from '../support/moto.ts';
import { MotoAccount } from '../support/moto-account.ts';
import { MotoPermissions } from '../support/moto-permissions.ts';

const [TOKENS, CREDENTIALS] = ['the table of tokens', 'the table of credentials'];
const SECRET = 'zoho/crm-acme/access-token';
const OTHER_SECRET = 'zoho/desk-acme/access-token';

const token = { deployment: 'zoho', kind: 'access-token', connection: 'crm-acme' };
/** What is sealed, by its encryption context. */
const SEALED = {
  'the token of crm-acme': token,
  'the token of desk-acme': { ...token, connection: 'desk-acme' },
  'the credentials of crm-acme': { ...token, kind: 'credentials' },
  'something else of crm-acme': { ...token, kind: 'note' },
  'a token of another deployment': { ...token, deployment: 'others' },
  'a token of no connection': { deployment: 'zoho', kind: 'access-token' },
  'a token, with one key more': { ...token, more: 'x' },
} as const;
type Sealed = keyof typeof SEALED;

const BOTH_TOKENS: readonly Sealed[] = ['the token of crm-acme', 'the token of desk-acme'];
const CREDENTIALS_OF_ONE: readonly Sealed[] = ['the credentials of crm-acme'];

const ITEM_ACTS = [
  'read the item of crm-acme in',
  'read a row of',
  'put a row into',
  'delete a row of',
  'scan',
] as const;
const READ = ITEM_ACTS.slice(0, 2);
const [READ_ONE, , PUT, DELETE] = ITEM_ACTS;

interface Permissions {
  readonly encrypt: readonly Sealed[];
  readonly decrypt: readonly Sealed[];
  readonly tokens: readonly (typeof ITEM_ACTS)[number][];
  readonly credentials: readonly (typeof ITEM_ACTS)[number][];
}

/** All that each may do in the second store. */
const MAY: Readonly<Partial<Record<Principal, Permissions>>> = {
  refresher: {
    encrypt: BOTH_TOKENS,
    decrypt: CREDENTIALS_OF_ONE,
    tokens: [...READ, PUT],
    credentials: READ,
  },
  'consent api': {
    encrypt: CREDENTIALS_OF_ONE,
    decrypt: CREDENTIALS_OF_ONE,
    tokens: [],
    credentials: [...READ, PUT],
  },
  'consent pages': { encrypt: [], decrypt: [], tokens: [], credentials: [] },
  tenant: { encrypt: [], decrypt: ['the token of crm-acme'], tokens: [READ_ONE], credentials: [] },
  consumer: { encrypt: [], decrypt: BOTH_TOKENS, tokens: READ, credentials: [] },
  operator: {
    encrypt: CREDENTIALS_OF_ONE,
    decrypt: [...BOTH_TOKENS, ...CREDENTIALS_OF_ONE],
    tokens: [...READ, DELETE],
    credentials: [...READ, PUT, DELETE],
  },
};

const moto = await startMoto();
let account: MotoAccount;
const permissions = new MotoPermissions(
  () => account,
  () => ({
    [TOKENS]: placeOf('ZohoTokens'),
    [CREDENTIALS]: placeOf('ZohoCredentials'),
  }),
);

beforeAll(async () => {
  if (moto === undefined) return;
  account = await MotoAccount.create(moto, synthesizeFleet());
  await createSecrets(SECRET, OTHER_SECRET);
});
afterAll(() => {
  permissions.destroy();
  moto?.stop();
});

describe.skipIf(moto === undefined).each(Object.entries(MAY) as [Principal, Permissions][])(
  'in a fleet, the role of: %s,',
  (who, { encrypt, decrypt, tokens, credentials }) => {
    for (const [table, acts] of [
      [TOKENS, tokens],
      [CREDENTIALS, credentials],
    ] as const)
      for (const act of ITEM_ACTS) permissions[acts.includes(act) ? 'may' : 'mayNot'](who, act, table);

    for (const what of Object.keys(SEALED) as Sealed[]) {
      it(`${encrypt.includes(what) ? 'may' : 'may not'} encrypt ${what}`, () =>
        expectVerdict(who, 'kms:Encrypt', encrypt.includes(what), () => seal(who, what)));

      it(`${decrypt.includes(what) ? 'may' : 'may not'} decrypt ${what}`, async () => {
        const sealed = await seal('administrator', what);

        await expectVerdict(who, 'kms:Decrypt', decrypt.includes(what), () => open(who, what, sealed));
      });
    }
  },
);

describe.skipIf(moto === undefined)('a connection that may be in Secrets Manager', () => {
  permissions.may('tenant', 'read', SECRET);
  permissions.mayNot('tenant', 'read', OTHER_SECRET);
  permissions.couldNotDecrypt('tenant', OTHER_SECRET);
  for (const secret of [SECRET, OTHER_SECRET]) permissions.may('consumer', 'read', secret);
});

describe.skipIf(moto === undefined)('the refresher of a fleet, with nothing but its role', () => {
  const TENANT = 'crm-acme';
  const never = new AbortController().signal;
  let refresher: LocalRefresher;

  beforeAll(async () => {
    const clock = new ManualClock(NOW_MS);
    const zoho = await startZohoSimulator({ clock, random: seededRandom(1) });
    const [tokensTableName, credentialsTableName] = ['ZohoTokens', 'ZohoCredentials'].map(tableOf);
    const config = {
      ...{ ...DEFAULT_CONFIG, tableName: account.tableName, secretPrefix: 'zoho', declaredConnections: {} },
      ...({ fleetShards: 4, fleetRefreshesPerSecond: 20, encryptionKeyArn: account.keyArn } as const),
      ...{ tokensTableName, credentialsTableName },
    };
    refresher = new LocalRefresher({ clock, zoho, aws: clientsOf('refresher'), config });
    await connect(refresher);
  });
  afterAll(() => refresher?.zoho.close());

  it('publishes what a consumer of this connection reads, hour after hour', async () => {
    const shard = partitionOf(TENANT) % 4;

    for (const generation of [1, 2, 3]) {
      expect(await refresher.tickShard(shard)).toMatchObject({ refreshed: 1, failed: 0 });
      expect(await readAsTenant()).toMatchObject({ connection: TENANT, generation });
      expect(refresher.zoho.isValid((await readAsTenant()).access_token)).toBe(true);
      refresher.clock.advance(55 * 60_000);
    }
    expect(refresher.log.lines.filter((line) => /denied|not authorized/i.test(line))).toEqual([]);
  });

  /** As an operator does, with the documented policies. */
  async function connect({ zoho, clock }: LocalRefresher): Promise<void> {
    const { dynamoDb, kms } = clientsOf('operator');
    const { clientId, clientSecret } = zoho.registerClient({ dataCenter: 'eu' });
    const refresh_token = zoho.grant({ clientId, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL' });
    const text = JSON.stringify({
      ...{ client_id: clientId, client_secret: clientSecret, refresh_token, data_center: 'eu' },
    });
    const sealer = createSealer(kms, { keyArn: account.keyArn, secretPrefix: 'zoho' });
    await createSealedCredentials(dynamoDb, { tableName: tableOf('ZohoCredentials'), sealer }).write(
      { connection: TENANT, versionId: 'v'.repeat(32), text: new Redacted(text), seenVersionId: undefined },
      never,
    );
    const partition = partitionOf(TENANT);
    const row = {
      ...registerConnection(TENANT, 'connected', clock.now()),
      store: 'dynamodb',
      partition,
    } as const;
    await createConnectionTable(dynamoDb, account.tableName).create(row, never);
  }

  async function readAsTenant(): Promise<PublishedDocument> {
    const { dynamoDb } = clientsOf('tenant');
    const Key = { connection: { S: TENANT } };
    const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: tableOf('ZohoTokens'), Key }));
    return JSON.parse(await open('tenant', 'the token of crm-acme', Item?.sealed?.B ?? new Uint8Array()));
  }

  /** An emulator has the time of the machine, from which the refresher would conclude that the clock of the test is wrong. */
  function clientsOf(who: Principal) {
    return withAwsDate(
      createAwsClientsWithoutTimeouts(() => account.configOf(who)),
      undefined,
    );
  }
});

/** Only the policies deny it: with the missing permission, the same call succeeds. */
async function expectVerdict(
  who: Principal,
  action: 'kms:Encrypt' | 'kms:Decrypt',
  isAllowed: boolean,
  call: () => Promise<unknown>,
): Promise<void> {
  if (isAllowed) {
    await expect(call()).resolves.toBeDefined();
    return;
  }
  await expect(call()).rejects.toThrow(`not authorized to perform: ${action} on resource: `);
  const more = { actions: [action], resources: [account.keyArn] };
  await expect(account.allowing(who, more, call)).resolves.toBeDefined();
}

async function seal(who: Principal, what: Sealed): Promise<Uint8Array> {
  const command = new EncryptCommand({
    KeyId: account.keyArn,
    Plaintext: Buffer.from('a secret'),
    EncryptionContext: SEALED[what],
  });
  const { CiphertextBlob } = await as(who, (kms) => kms.send(command));
  return CiphertextBlob ?? new Uint8Array();
}

async function open(who: Principal, what: Sealed, sealed: Uint8Array): Promise<string> {
  const command = new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: SEALED[what] });
  const { Plaintext } = await as(who, (kms) => kms.send(command));
  return Buffer.from(Plaintext ?? []).toString();
}

async function as<T>(who: Principal, call: (kms: KMSClient) => Promise<T>): Promise<T> {
  const kms = new KMSClient(account.configOf(who));
  try {
    return await call(kms);
  } finally {
    kms.destroy();
  }
}

async function createSecrets(...names: readonly string[]): Promise<void> {
  const admin = new SecretsManagerClient(account.configOf('administrator'));
  for (const Name of names) await admin.send(new CreateSecretCommand({ Name, KmsKeyId: account.keyArn }));
  admin.destroy();
}

function tableOf(beginning: string): string {
  return account.nameOf('AWS::DynamoDB::Table', beginning);
}

function placeOf(table: string) {
  return {
    name: tableOf(table),
    arn: account.arnOf('AWS::DynamoDB::Table', table),
  };
}

function synthesizeFleet(): Template {
  const stack = createStack({
    connections: TWO_CONNECTIONS,
    connectedStore: 'dynamodb',
    fleetShards: 4,
    consent: { displayName: 'Acme' },
  });
  const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');
  stack.zoho.allConnections.grantRead(new Role(stack, 'Consumer', { assumedBy }));
  stack.zoho.runTimeConnection('crm-acme').grantRead(new Role(stack, 'TenantConsumer', { assumedBy }));
  return Template.fromStack(stack);
}
