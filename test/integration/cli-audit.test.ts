import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditReport } from '../../cli/audit/finding.ts';
import { Canary } from '../secrecy/canary.ts';
import { OperatorDesk } from '../support/operator-desk.ts';
import type { CliRun } from '../support/run-zoho-tokens.ts';
import { MINUTE_MS, START_MS } from '../support/sandbox.ts';

const CRM = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.leads.READ'] } as const;
const CONNECTIONS = {
  'crm-prod': CRM,
  'crm-test': CRM,
  'desk-us': { dataCenter: 'us', scopes: ['Desk.tickets.READ'] },
} as const;
const DAY_MS = 24 * 60 * MINUTE_MS;

let stage: OperatorDesk;

beforeEach(async () => {
  stage = await OperatorDesk.open(CONNECTIONS);
});

afterEach(() => stage.close());

type Name = keyof typeof CONNECTIONS;

/** A consent, as `authorize` writes it down. */
function authorize(name: Name, overrides: object = {}, scope: string = CONNECTIONS[name].scopes[0]) {
  const { deployment } = stage.server;
  const { dataCenter } = CONNECTIONS[name];
  const { clientId, clientSecret } = deployment.zoho.registerClient({ dataCenter });
  const refreshToken = deployment.zoho.grant({ clientId, dataCenter, scope });
  deployment.putCredentials(name, {
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    data_center: dataCenter,
    client_type: 'server-based',
    authorized_at: new Date(START_MS - 2 * DAY_MS).toISOString(),
    ...overrides,
  });
  return { clientSecret, refreshToken };
}

function reportOf({ stdout }: CliRun): AuditReport {
  return JSON.parse(stdout) as AuditReport;
}

function rulesOf(run: CliRun): string[] {
  return reportOf(run).findings.map(({ connection, rule }) => `${connection}: ${rule}`);
}

it('a fleet that is well has no finding', async () => {
  for (const name of Object.keys(CONNECTIONS)) authorize(name as Name);
  await stage.server.tick();

  const plain = await stage.run('audit');
  const json = await stage.run('audit --json');

  expect(plain).toMatchObject({ exitCode: 0, stdout: 'nothing found in 3 connections\n' });
  expect(reportOf(json)).toEqual({ connections: 3, findings: [], unseen: [] });
});

it('finds self clients, old authorizations and broad scopes, by connection', async () => {
  authorize('crm-prod', { client_type: 'self-client' }, 'ZohoCRM.modules.ALL');
  authorize('crm-test', { authorized_at: new Date(START_MS - 400 * DAY_MS).toISOString() });
  authorize('desk-us');
  await stage.server.tick();

  const json = await stage.run('audit --json');
  const { stdout } = await stage.run('audit');

  expect(json.exitCode).toBe(1);
  expect(rulesOf(json)).toEqual([
    'crm-prod: self-client',
    'crm-prod: broad-scope',
    'crm-test: stale-authorization',
  ]);
  expect(reportOf(json).findings[1]?.what).toContain('Narrower, for example: ZohoCRM.modules.leads.READ');
  expect(stdout).toMatch(/^crm-prod\n {2}self-client: [\s\S]*\ncrm-test\n {2}stale-authorization: /);
  expect(stdout).toContain('3 findings in 3 connections');
});

it('does not count what is decided already', async () => {
  authorize('crm-prod', { client_type: 'self-client' }, 'ZohoCRM.modules.ALL');
  await stage.server.tick();

  const some = await stage.run('audit --json --ignore broad-scope');
  const all = await stage.run('audit --ignore broad-scope self-client');
  const unknown = await stage.run('audit --ignore everything');

  expect(rulesOf(some)).toEqual(['crm-prod: self-client']);
  expect(some.exitCode).toBe(1);
  expect(all).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing found') });
  expect(unknown.exitCode).toBe(2);
});

it('finds a token that nobody reads, once it is 30 days old; a reader ends that', async () => {
  authorize('crm-prod');
  await stage.server.tick();
  const { deployment, tick } = stage.server;
  deployment.clock.advance(29 * DAY_MS);
  await tick();
  const before = await stage.run('audit --json');
  deployment.clock.advance(2 * DAY_MS);
  await tick();

  const after = await stage.run('audit --json');
  const secret = deployment.aws.secretsManager.store.get('zoho/crm-prod/access-token');
  deployment.aws.secretsManager.store.noteAccess(secret);
  const read = await stage.run('audit --json');

  expect(rulesOf(before)).toEqual([]);
  expect(rulesOf(after)).toEqual(['crm-prod: unread']);
  expect(rulesOf(read)).toEqual([]);
});

it('finds a connection that has been blocked for more than a day, although it is asked about every hour', async () => {
  const { refreshToken } = authorize('crm-prod');
  const { deployment, tick } = stage.server;
  await tick();
  deployment.zoho.revoke(refreshToken);
  const runHours = async (hours: number) => {
    for (let hour = 0; hour < hours; hour += 1) {
      deployment.clock.advance(61 * MINUTE_MS);
      await tick();
    }
  };
  await runHours(20);
  const before = await stage.run('audit --json');
  await runHours(10);

  const after = await stage.run('audit --json');

  expect(rulesOf(before)).toEqual([]);
  expect(rulesOf(after)).toEqual(['crm-prod: blocked']);
});

it('says which permission is missing, and judges what can be seen', async () => {
  authorize('crm-prod', { client_type: 'self-client' }, 'ZohoCRM.modules.ALL');
  await stage.server.tick();
  stage.server.deployment.aws.secretsManager.faults.deny({ operation: '*', secret: 'zoho/crm-prod/*' });

  const json = await stage.run('audit --json');
  const { stdout } = await stage.run('audit');

  expect(rulesOf(json)).toEqual(['crm-prod: broad-scope']);
  expect(
    reportOf(json).unseen.map(({ connection, missing }) => `${connection}: ${missing.split(' ')[0]}`),
  ).toEqual(['crm-prod: secretsmanager:GetSecretValue', 'crm-prod: secretsmanager:DescribeSecret']);
  expect(stdout).toContain('could not see when its token was last read, of crm-prod');
});

it('leaves out what was switched off for good', async () => {
  authorize('crm-prod', { client_type: 'self-client' });
  await stage.server.tick();
  const found = await stage.run('audit --json');
  await stage.run('revoke crm-prod --confirm crm-prod');

  const revoked = await stage.run('audit --json');

  expect(rulesOf(found)).toEqual(['crm-prod: self-client']);
  expect(reportOf(revoked)).toMatchObject({ connections: 3, findings: [] });
});

it('no output holds a secret', async () => {
  const canary = new Canary();
  const { clientSecret, refreshToken } = authorize('crm-prod', { client_type: 'self-client' });
  await stage.server.tick();
  canary.watchFor('client secret', clientSecret);
  canary.watchFor('refresh token', refreshToken);
  canary.watchFor('access token', stage.server.deployment.readToken('crm-prod')?.access_token ?? '');
  stage.server.deployment.putCredentials('crm-test', { client_id: clientSecret, data_center: refreshToken });

  const runs = [await stage.run('audit'), await stage.run('audit --json')];

  expect(runs[0]?.stdout).toContain('self-client');
  expect(runs.flatMap(({ stdout, stderr }) => canary.find(stdout + stderr))).toEqual([]);
});
