import { createHash } from 'node:crypto';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeEntropy } from '../../lambdas/consent-api/adapters/node-entropy.ts';
import { createConsentAwsClients } from '../../lambdas/consent-api/aws-clients.ts';
import { composeConsentApi } from '../../lambdas/consent-api/compose-consent-api.ts';
import { parseConsentConfig } from '../../lambdas/consent-api/config.ts';
import { CONSENT_DOORS, type ConsentDoor } from '../../lambdas/core/invites/consent-door.ts';
import { REFRESHER_DOORS } from '../../lambdas/core/refresh/refresher-door.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import { LogCollector } from '../../sandbox/deployment/log-collector.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { fetchThrough, routesTo } from '../../sandbox/deployment/zoho-router.ts';
import { startZohoSimulator, type ZohoSimulator } from '../../sandbox/zoho/zoho-simulator.ts';
import { createStack, TWO_CONNECTIONS } from '../infra/synthesize.ts';
import { NOW_MS } from '../support/builders.ts';
import { startMoto } from '../support/moto.ts';
import { MotoAccount } from '../support/moto-account.ts';
import { aliasPlaces, MotoPermissions } from '../support/moto-permissions.ts';

const CREDENTIALS = 'zoho/crm-prod/credentials';
const TOKEN = 'zoho/crm-prod/access-token';
const CLIENT = 'zoho/acme/client';
const ELSEWHERE = 'payroll/crm-prod/credentials';
const [TABLE, CONSENTS, KEY, BUS] = [
  'the connections table',
  'the table of consents',
  'the key',
  'the event bus',
];
const REFRESHER = 'the refresher';
const CONSENT_API = 'ConsentApi';
const doorOf = (door: string) => `alias ${door} of the refresher`;
const consentDoorOf = (door: string) => `alias ${door} of ConsentApi`;
const BASE_URL = 'https://connect.example';
const SCOPES = ['ZohoCRM.modules.ALL'];

const moto = await startMoto();
const onMoto = describe.skipIf(moto === undefined);

let account: MotoAccount;
const permissions = new MotoPermissions(
  () => account,
  () => {
    const refresher = account.arnOf('AWS::Lambda::Function', 'ZohoRefresher');
    const api = account.arnOf('AWS::Lambda::Function', 'ZohoConsentApi');
    const named = (type: string, id: string) => ({
      name: account.nameOf(type, id),
      arn: account.arnOf(type, id),
    });
    return {
      [TABLE]: named('AWS::DynamoDB::Table', 'ZohoConnections'),
      [CONSENTS]: named('AWS::DynamoDB::Table', 'ZohoConsent'),
      [KEY]: { name: account.keyArn, arn: account.keyArn },
      'all secrets': { name: '', arn: '*' },
      [BUS]: { name: 'default', arn: 'arn:aws:events:eu-west-1:123456789012:event-bus/default' },
      [REFRESHER]: named('AWS::Lambda::Function', 'ZohoRefresher'),
      [CONSENT_API]: named('AWS::Lambda::Function', 'ZohoConsentApi'),
      ...aliasPlaces(refresher, Object.fromEntries(REFRESHER_DOORS.map((door) => [doorOf(door), door]))),
      ...aliasPlaces(api, Object.fromEntries(CONSENT_DOORS.map((door) => [consentDoorOf(door), door]))),
    };
  },
);
const may = permissions.may.bind(permissions);
const mayNot = permissions.mayNot.bind(permissions);

beforeAll(async () => {
  if (moto === undefined) return;
  const stack = createStack({ connections: TWO_CONNECTIONS, consent: { displayName: 'Acme' } });
  account = await MotoAccount.create(moto, Template.fromStack(stack));
  await permissions.administer('create', CLIENT);
  await permissions.administer('create', ELSEWHERE);
});
afterAll(() => {
  permissions.destroy();
  moto?.stop();
});

onMoto("the public function's role", () => {
  may('consent pages', 'invoke', consentDoorOf('pages'));

  for (const door of CONSENT_DOORS.filter((each) => each !== 'pages'))
    mayNot('consent pages', 'invoke', consentDoorOf(door));
  for (const door of REFRESHER_DOORS) mayNot('consent pages', 'invoke', doorOf(door));
  for (const bare of [CONSENT_API, REFRESHER]) {
    mayNot('consent pages', 'invoke', bare);
    mayNot('consent pages', 'read the configuration of', bare);
  }
  for (const secret of [CREDENTIALS, TOKEN, CLIENT]) {
    for (const act of ['read', 'write', 'describe', 'delete', 'open to others'] as const)
      mayNot('consent pages', act, secret);
  }
  mayNot('consent pages', 'create', 'zoho/one-more/credentials');
  mayNot('consent pages', 'list', 'all secrets');
  for (const table of [TABLE, CONSENTS]) {
    for (const act of [
      'read a row of',
      'put a row into',
      'change a row of',
      'delete a row of',
      'scan',
    ] as const)
      mayNot('consent pages', act, table);
  }
  for (const act of ['encrypt with', 'seal a grant with'] as const) mayNot('consent pages', act, KEY);
  mayNot('consent pages', 'report a consent to', BUS);
  permissions.couldNotDecrypt('consent pages', CREDENTIALS);

  it('may not decrypt what ConsentApi has sealed, whose text a leak of the table would show', async () => {
    const EncryptionContext = { deployment: 'zoho', kind: 'grant', invite: 'an invite' };
    const api = new KMSClient(account.configOf('consent api'));
    const pages = new KMSClient(account.configOf('consent pages'));
    const Plaintext = Buffer.from('a refresh token');
    const sealed = await api.send(
      new EncryptCommand({ KeyId: account.keyArn, Plaintext, EncryptionContext }),
    );
    const decrypt = new DecryptCommand({
      KeyId: account.keyArn,
      CiphertextBlob: sealed.CiphertextBlob,
      EncryptionContext,
    });

    await expect(pages.send(decrypt)).rejects.toThrow(/not authorized to perform: kms:Decrypt/);
    expect(Buffer.from((await api.send(decrypt)).Plaintext ?? []).toString()).toBe('a refresh token');
    pages.destroy();
    api.destroy();
  });
});

onMoto("ConsentApi's role", () => {
  may('consent api', 'invoke', doorOf('operators'));
  may('consent api', 'seal a grant with', KEY);
  may('consent api', 'report a consent to', BUS);
  may('consent api', 'read', CREDENTIALS);
  may('consent api', 'read', CLIENT);

  mayNot('consent api', 'read', TOKEN);
  mayNot('consent api', 'write', TOKEN);
  mayNot('consent api', 'write', CLIENT);
  mayNot('consent api', 'read', ELSEWHERE);
  mayNot('consent api', 'create', 'payroll/another/credentials');
  mayNot('consent api', 'list', 'all secrets');
  for (const secret of [CREDENTIALS, TOKEN, CLIENT]) {
    mayNot('consent api', 'delete', secret);
    mayNot('consent api', 'open to others', secret);
    mayNot('consent api', 'reconfigure', secret);
  }
  for (const door of ['schedule', 'consumers']) mayNot('consent api', 'invoke', doorOf(door));
  for (const door of CONSENT_DOORS) mayNot('consent api', 'invoke', consentDoorOf(door));
  for (const table of [TABLE, CONSENTS]) mayNot('consent api', 'delete a row of', table);
  mayNot('consent api', 'scan', TABLE);
  for (const act of [
    'encrypt with',
    'seal a grant of no invite with',
    'seal a grant of another deployment with',
    'seal something else with',
    'seal a grant and more with',
  ] as const)
    mayNot('consent api', act, KEY);
  for (const act of ['report another change to', 'report for another program to'] as const)
    mayNot('consent api', act, BUS);
});

onMoto('ConsentApi, with nothing but its role', () => {
  const clock = new ManualClock(NOW_MS);
  const logger = new LogCollector();
  let zoho: ZohoSimulator;
  let invoke: (door: ConsentDoor, event: object) => Promise<Record<string, unknown>>;

  beforeAll(async () => {
    zoho = await startZohoSimulator({ clock, random: seededRandom(1) });
    const client = zoho.registerClient({ dataCenter: 'eu', redirectUris: [`${BASE_URL}/callback`] });
    const admin = new SecretsManagerClient(account.configOf('administrator'));
    const SecretString = JSON.stringify({
      client_id: client.clientId,
      client_secret: client.clientSecret,
      data_center: 'eu',
    });
    const KmsKeyId = account.keyArn;
    await admin.send(new CreateSecretCommand({ Name: 'zoho/shared/client', SecretString, KmsKeyId }));
    admin.destroy();
    const config = account.configOf('consent api');
    const apis = Object.entries(zoho.apiHosts).map(([place, host]) => [host, zoho.origins[place as 'eu']]);
    const handler = composeConsentApi({
      config: parseConsentConfig(environmentOf()),
      clock,
      entropy: nodeEntropy,
      aws: createConsentAwsClients({
        ...{ dynamoDb: config, secretsManager: config, kms: config, lambda: config, eventBridge: config },
      }),
      fetch: fetchThrough({ ...routesTo(zoho), ...Object.fromEntries(apis) }),
      logger,
      writeMetricLine: () => undefined,
    });
    const arn = account.arnOf('AWS::Lambda::Function', 'ZohoConsentApi');
    invoke = async (door, event) =>
      (await handler(event, { ...lambdaContext(), invokedFunctionArn: `${arn}:${door}` })) as never;
  });
  afterAll(() => zoho?.close());

  it('creates an invite, exchanges, stores a new connection, and sweeps', async () => {
    const created = await create({ connection: 'tenant-1', create: true, data_center: 'eu' });

    expect(await consent(created)).toMatchObject({ kind: 'done', connection: 'tenant-1' });
    expect(await invoke('callers', { action: 'get-invite', id: created.id })).toMatchObject({
      ...{ status: 'authorized', consented_by: { email: 'owner@example.com' } },
    });
    expect(await invoke('schedule', { action: 'sweep' })).toMatchObject({ left: 0 });
    expect(denials()).toEqual([]);
  });

  it('authorizes it again, confirms and rejects what was not expected, lists and cancels', async () => {
    const wrong = { connection: 'tenant-1', expect: { email: 'boss@acme.example' } };
    const [confirmed, rejected] = [await create(wrong), await create(wrong)];
    for (const each of [confirmed, rejected]) expect(await consent(each)).toMatchObject({ kind: 'received' });

    const complete = { action: 'complete-invite', id: confirmed.id };
    expect(await invoke('callers', complete)).toMatchObject({ status: 'authorized' });
    const reject = { action: 'reject-invite', id: rejected.id };
    expect(await invoke('callers', reject)).toMatchObject({ status: 'failed', reason: 'rejected' });
    const cancel = { action: 'cancel-invite', id: (await create({ connection: 'tenant-1' })).id };
    expect(await invoke('callers', cancel)).toMatchObject({ status: 'cancelled' });
    expect((await invoke('callers', { action: 'list-invites' })).invites).toHaveLength(4);
    expect(denials()).toEqual([]);
  });

  async function create(changes: object): Promise<{ readonly id: string; readonly url: string }> {
    const event = { action: 'create-invite', client: 'shared', scopes: SCOPES, identify: true, ...changes };
    return (await invoke('callers', event)) as never;
  }

  async function consent({ url }: { readonly url: string }): Promise<unknown> {
    const token = url.split('/i/')[1];
    const browser = createHash('sha256').update('browser').digest('base64url');
    expect(await invoke('pages', { action: 'view', token })).toMatchObject({ kind: 'invite' });
    const begun = await invoke('pages', { action: 'begin', token, browser });
    clock.advance(5_000);
    const decided = await fetchThrough(routesTo(zoho))(String(begun.url), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ decision: 'accept' }),
    });
    const query = new URL(decided.headers.get('location') ?? '').search.slice(1);
    return await invoke('pages', { action: 'callback', query, browser });
  }

  function denials(): string[] {
    return logger.lines.filter((line) => /denied|not authorized|access_denied/i.test(line));
  }

  function environmentOf(): Record<string, string> {
    return {
      CONNECTIONS_TABLE: account.tableName,
      CONSENTS_TABLE: account.nameOf('AWS::DynamoDB::Table', 'ZohoConsent'),
      SECRET_PREFIX: 'zoho',
      KEY_ARN: account.keyArn,
      REFRESHER_TARGET: `${account.arnOf('AWS::Lambda::Function', 'ZohoRefresher')}:operators`,
      BASE_URL,
      DISPLAY_NAME: 'Acme',
      RETURN_URLS: '[]',
      INVITE_HOURS: '72',
      CONFIRM: 'mismatch',
      EVENTS: 'true',
      EVENT_EMAIL: 'false',
      STACK_TAGS: '{"team":"sales"}',
    };
  }
});
