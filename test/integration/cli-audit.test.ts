import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditReport } from '../../cli/audit/finding.ts';
import { KEY_ARN } from '../../sandbox/aws/embedded-aws.ts';
import { TOPICS } from '../../sandbox/deployment/local-deployment.ts';
import { OperatorDesk } from '../support/operator-desk.ts';
import { MINUTE_MS, START_MS } from '../support/sandbox.ts';

const CRM = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.leads.READ'] } as const;
const CONNECTIONS = {
  'crm-prod': CRM,
  'crm-test': CRM,
  'desk-us': { dataCenter: 'us', scopes: ['Desk.tickets.READ'] },
} as const;
const DAY_MS = 24 * 60 * MINUTE_MS;

let desk: OperatorDesk;
let deployment: OperatorDesk['deployment'];

beforeEach(async () => {
  desk = await OperatorDesk.open(CONNECTIONS);
  deployment = desk.deployment;
});

afterEach(() => desk.close());

type Name = keyof typeof CONNECTIONS;

const SELF_CLIENT = { client_type: 'self-client' };

/** Stores credentials as the command `authorize` does. Returns the refresh token. */
function authorize(name: Name, overrides: object = {}, scope: string = CONNECTIONS[name].scopes[0]) {
  const { clientId } = deployment.authorize(name);
  const { dataCenter } = CONNECTIONS[name];
  const refreshToken = deployment.zoho.grant({ clientId, dataCenter, scope });
  deployment.putCredentials(name, {
    ...desk.credentials(name),
    ...{ refresh_token: refreshToken, client_type: 'server-based' },
    authorized_at: new Date(START_MS - 2 * DAY_MS).toISOString(),
    ...overrides,
  });
  return refreshToken;
}

/** Runs `audit --json`, without the connections that a test does not authorize. */
async function audit(args = '') {
  const { exitCode, stdout } = await desk.run(`audit --json${args}`);
  const everything = JSON.parse(stdout) as AuditReport;
  const findings = everything.findings.filter(({ rule }) => rule !== 'never-authorized');
  const report = { ...everything, findings };
  const rules = report.findings.map(({ connection, rule }) => `${connection}: ${rule}`);
  return { exitCode, report, rules };
}

it('healthy connections have no findings', async () => {
  for (const name of Object.keys(CONNECTIONS)) authorize(name as Name);
  await desk.server.tick();

  const plain = await desk.run('audit');
  const { report } = await audit();

  expect(plain).toMatchObject({ exitCode: 0, stdout: 'No findings in 3 connections.\n' });
  expect(report).toEqual({ connections: 3, findings: [], unseen: [] });
});

it('finds connections that were never authorized', async () => {
  authorize('crm-prod');
  await desk.server.tick();

  const { exitCode, stdout } = await desk.run('audit');
  const ignored = await desk.run('audit --ignore never-authorized');

  expect(exitCode).toBe(1);
  expect(stdout).toContain('crm-test\n  never-authorized: it was never authorized, so it has no token\n');
  expect(stdout).toContain('Run: zoho-tokens authorize desk-us. If it is not needed, ');
  expect(stdout).toContain('2 findings in 3 connections.');
  expect(ignored).toMatchObject({ exitCode: 0 });
});

it('finds self clients, old authorizations and broad scopes, by connection', async () => {
  authorize('crm-prod', SELF_CLIENT, 'ZohoCRM.modules.ALL');
  authorize('crm-test', { authorized_at: new Date(START_MS - 400 * DAY_MS).toISOString() });
  authorize('desk-us');
  await desk.server.tick();

  const { exitCode, rules, report } = await audit();
  const { stdout } = await desk.run('audit');

  expect(exitCode).toBe(1);
  expect(rules).toEqual(['crm-prod: self-client', 'crm-prod: broad-scope', 'crm-test: stale-authorization']);
  expect(report.findings[1]?.what).toContain('Narrower scopes: ZohoCRM.modules.leads.READ');
  expect(stdout).toMatch(/^crm-prod\n {2}self-client: [\s\S]*\ncrm-test\n {2}stale-authorization: /);
  expect(stdout).toContain('3 findings in 3 connections.');
});

it('leaves out ignored rules', async () => {
  authorize('crm-prod', SELF_CLIENT, 'ZohoCRM.modules.ALL');
  await desk.server.tick();

  const some = await audit(' --ignore broad-scope');
  const all = await desk.run('audit --ignore broad-scope self-client never-authorized');
  const unknown = await desk.run('audit --ignore everything');

  expect(some).toMatchObject({ exitCode: 1, rules: ['crm-prod: self-client'] });
  expect(all).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No findings') });
  expect(unknown.exitCode).toBe(2);
});

it('finds a token that has not been read for 30 days, until it is read', async () => {
  const { clock, aws } = deployment;
  authorize('crm-prod');
  await desk.server.tick();
  clock.advance(29 * DAY_MS);
  await desk.server.tick();
  const before = await audit();
  clock.advance(2 * DAY_MS);
  await desk.server.tick();

  const after = await audit();
  const { store } = aws.secretsManager;
  store.noteAccess(store.get('zoho/crm-prod/access-token'));
  const read = await audit();

  expect([before, after, read].map(({ rules }) => rules)).toEqual([[], ['crm-prod: unread'], []]);
});

it('finds a connection that has been blocked for more than a day, although Zoho is asked every hour', async () => {
  const refreshToken = authorize('crm-prod');
  await desk.server.tick();
  deployment.zoho.revoke(refreshToken);
  const runHours = async (hours: number) => {
    for (let hour = 0; hour < hours; hour += 1) {
      deployment.clock.advance(61 * MINUTE_MS);
      await desk.server.tick();
    }
  };
  await runHours(20);
  const before = await audit();
  await runHours(10);

  const after = await audit();

  expect([before.rules, after.rules]).toEqual([[], ['crm-prod: blocked']]);
});

it('names missing permissions, and judges what can be read', async () => {
  authorize('crm-prod', SELF_CLIENT, 'ZohoCRM.modules.ALL');
  await desk.server.tick();
  deployment.aws.secretsManager.faults.deny({ operation: '*', secret: 'zoho/crm-prod/*' });

  const { rules, report } = await audit();
  const { stdout } = await desk.run('audit');

  expect(rules).toEqual(['crm-prod: broad-scope']);
  expect(report.unseen.map(({ connection, missing }) => `${connection}: ${missing.split(' ')[0]}`)).toEqual([
    'crm-prod: secretsmanager:GetSecretValue',
    'crm-prod: secretsmanager:DescribeSecret',
  ]);
  expect(stdout).toContain('crm-prod: could not read when the token was last read');
});

it('finds what keeps the deployment from notifying, before what is wrong with connections', async () => {
  authorize('crm-prod', SELF_CLIENT);
  await desk.server.tick();
  const { alarms } = desk.server;
  deployment.aws.sns.subscriptions.set(TOPICS.page, []);
  alarms.delete('ZohoTokenRefresher-RefresherSilent');
  deployment.aws.secretsManager.store.keys.disable(KEY_ARN);

  const { exitCode, report } = await audit();
  const { stdout } = await desk.run('audit --ignore encryption-key');

  expect(exitCode).toBe(1);
  expect(report.findings.map(({ connection, rule }) => [connection, rule])).toEqual([
    [undefined, 'encryption-key'],
    [undefined, 'alarm-setup'],
    [undefined, 'subscriptions'],
  ]);
  expect(report.findings[0]?.fix).toContain('See https://runbooks.example/KeyDisabled.md.');
  expect(stdout).toMatch(
    /^the deployment\n {2}alarm-setup: 1 alarm cannot notify; ZohoTokenRefresher-RefresherSilent/,
  );
});

it('says what of the deployment could not be checked, which is no finding', async () => {
  for (const name of Object.keys(CONNECTIONS)) authorize(name as Name);
  await desk.server.tick();
  for (const service of [deployment.aws.sns, desk.server.aws.kms, desk.server.aws.cloudWatch])
    service.faults.deny({ operation: '*' });

  const { exitCode, report } = await audit();
  const { stdout } = await desk.run('audit');

  expect(exitCode).toBe(0);
  expect(report.unseen.map(({ missing }) => missing)).toEqual([
    expect.stringContaining('You have no permission for kms:DescribeKey.'),
    expect.stringContaining('You have no permission for cloudwatch:DescribeAlarms.'),
    expect.stringContaining('You have no permission for sns:ListSubscriptionsByTopic.'),
  ]);
  expect(stdout).toContain('the deployment: could not read who is notified');
});

it('leaves out revoked connections', async () => {
  authorize('crm-prod', SELF_CLIENT);
  await desk.server.tick();
  const before = await audit();
  await desk.run('revoke crm-prod --confirm crm-prod');

  const { report } = await audit();

  expect(before.rules).toEqual(['crm-prod: self-client']);
  expect(report).toMatchObject({ connections: 3, findings: [] });
});

it('finds rows without secrets, and secrets without rows', async () => {
  for (const name of Object.keys(CONNECTIONS)) authorize(name as Name);
  await desk.server.tick();
  const { store } = deployment.aws.secretsManager;
  store.scheduleDeletion('zoho/crm-prod/credentials');
  store.deleteNow('zoho/desk-us/access-token');
  for (const name of ['zoho/acme/access-token', 'zoho/acme/credentials', 'zoho/gone/access-token'])
    store.create({ name, kmsKeyId: KEY_ARN });
  store.scheduleDeletion('zoho/gone/access-token');

  const { rules, report } = await audit();

  expect(rules).toEqual([
    'crm-prod: row-without-secret',
    'desk-us: row-without-secret',
    'acme: secret-without-row',
  ]);
  expect(report.findings.at(-1)).toMatchObject({
    what: expect.stringMatching(
      /secrets \((access-token, credentials|credentials, access-token)\), but no row/,
    ),
    fix: expect.stringContaining('zoho-tokens adopt acme'),
  });
});
