import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../cli/doctor/finding.ts';
import { SCHEDULE_NAME, UNDELIVERED_QUEUE_NAME } from '../../sandbox/serve/stack.ts';
import { Canary } from '../secrecy/canary.ts';
import { startIam } from '../support/iam-server.ts';
import { OperatorDesk } from '../support/operator-desk.ts';
import type { CliRun } from '../support/run-zoho-tokens.ts';
import { MINUTE_MS } from '../support/sandbox.ts';

const CONNECTIONS = {
  'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
  'books-in': { dataCenter: 'in', scopes: ['ZohoBooks.invoices.READ'] },
} as const;

let stage: OperatorDesk;

beforeEach(async () => {
  stage = await OperatorDesk.open(CONNECTIONS);
});

afterEach(() => stage.close());

interface Checked extends Finding {
  readonly check: string;
}

function checksOf({ stdout }: CliRun): ReadonlyMap<string, Checked> {
  const { checks } = JSON.parse(stdout) as { checks: readonly Checked[] };
  return new Map(checks.map((each) => [each.check, each]));
}

/** By result, the names of the checks that came to it. */
function resultsOf(run: CliRun, result: Finding['result']): string[] {
  return [...checksOf(run).values()].filter((each) => each.result === result).map(({ check }) => check);
}

async function authorize(): Promise<ReturnType<OperatorDesk['server']['deployment']['authorize']>> {
  const { deployment, tick } = stage.server;
  const authorization = deployment.authorize('crm-prod');
  await tick();
  return authorization;
}

/** As `authorize` writes it: with all that is known of the authorization. */
function putCredentials(overrides: object = {}): void {
  const { deployment } = stage.server;
  const { clientId, clientSecret } = deployment.zoho.registerClient({ dataCenter: 'eu' });
  const grant = { clientId, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL' } as const;
  deployment.putCredentials('crm-prod', {
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: deployment.zoho.grant(grant),
    data_center: 'eu',
    client_type: 'server-based',
    authorized_at: '2026-01-04T09:00:00.000Z',
    ...overrides,
  });
}

describe('a connection that is well', () => {
  it('passes every check that the sandbox can answer, in the order in which a person would look', async () => {
    putCredentials();
    await stage.server.tick();

    const { exitCode, stdout } = await stage.run('doctor crm-prod');

    expect(exitCode).toBe(0);
    expect(stdout.match(/^(pass|fail|unknown) +\S+/gm)?.map((line) => line.split(/ +/))).toEqual([
      ['pass', 'registered'],
      ['pass', 'credentials'],
      ['pass', 'data-center'],
      ['pass', 'scopes'],
      ['pass', 'client-type'],
      ['pass', 'token'],
      ['pass', 'last-failure'],
      ['pass', 'budget'],
      ['pass', 'lease'],
      ['pass', 'schedule'],
      ['pass', 'dead-letter-queue'],
      ['pass', 'heartbeat'],
      ['pass', 'alarms'],
      ['unknown', 'access'],
    ]);
    expect(stdout).toContain('authorized 24 h ago');
    expect(stdout).toContain('Nothing is wrong that could be seen.');
  });

  it('is told as JSON, and nothing else on stdout', async () => {
    await authorize();

    const run = await stage.run('doctor crm-prod --json');

    expect(JSON.parse(run.stdout)).toMatchObject({ connection: 'crm-prod' });
    expect(resultsOf(run, 'fail')).toEqual([]);
    expect(checksOf(run).get('access')).toMatchObject({ found: expect.stringContaining('iam:ListRoles') });
  });
});

describe('a connection that is not', () => {
  it('was never authorized: says which command does it', async () => {
    await stage.server.tick();

    const run = await stage.run('doctor crm-prod --json');

    expect(run.exitCode).toBe(1);
    expect(resultsOf(run, 'fail')).toEqual(['credentials', 'token', 'last-failure']);
    expect(checksOf(run).get('credentials')?.fix).toBe('zoho-tokens authorize crm-prod');
  });

  it('is unknown: is told the name that was meant', async () => {
    const { exitCode, stderr } = await stage.run('doctor crm-prd');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Did you mean crm-prod?');
  });

  it('has a row that cannot be read: says so, and looks at all the rest', async () => {
    await authorize();
    const { aws, config } = stage.server.deployment;
    const { DynamoDBClient, UpdateItemCommand } = await import('@aws-sdk/client-dynamodb');
    const client = new DynamoDBClient(aws.clientConfig('dynamodb'));
    await client.send(
      new UpdateItemCommand({
        TableName: config.tableName,
        Key: { connection: { S: 'crm-prod' } },
        UpdateExpression: 'SET generation = :text',
        ExpressionAttributeValues: { ':text': { S: 'seven' } },
      }),
    );
    client.destroy();

    const run = await stage.run('doctor crm-prod --json');

    expect(resultsOf(run, 'fail')).toEqual(['registered']);
    expect(checksOf(run).get('registered')?.found).toContain('generation');
    expect(checksOf(run).get('token')?.result).toBe('pass');
    expect(checksOf(run).get('lease')?.result).toBe('unknown');
  });

  it('was refused by Zoho: fails by the last failure, and the token is still said to be valid', async () => {
    const { refreshToken } = await authorize();
    stage.server.deployment.zoho.revoke(refreshToken);
    await stage.server.deployment.refresh('crm-prod');

    const run = await stage.run('doctor crm-prod --json');

    expect(resultsOf(run, 'fail')).toEqual(['last-failure']);
    expect(checksOf(run).get('last-failure')?.found).toContain('invalid_code, reauthorize');
  });

  it('lacks what the stack needs: schedule, queue, heartbeat and alarms say which runbook', async () => {
    await authorize();
    const { aws, alarms, deployment } = stage.server;
    aws.scheduler.deploy({ name: SCHEDULE_NAME, expression: 'rate(1 minute)', state: 'DISABLED' });
    aws.sqs.setMessageCount(UNDELIVERED_QUEUE_NAME, 3);
    deployment.clock.advance(6 * MINUTE_MS);
    alarms.setState('ZohoTokenRefresher-RefresherSilent', 'ALARM', 'no data');
    alarms.setState('ZohoTokenRefresher-UnauthorizedSpike-books-in', 'ALARM', 'not of crm-prod');

    const run = await stage.run('doctor crm-prod --json');

    expect(resultsOf(run, 'fail')).toEqual(['schedule', 'dead-letter-queue', 'heartbeat', 'alarms']);
    expect(checksOf(run).get('dead-letter-queue')?.found).toContain('3 ticks');
    expect(checksOf(run).get('alarms')).toMatchObject({
      found: '1 in ALARM: ZohoTokenRefresher-RefresherSilent',
      fix: 'docs/runbooks/RefresherSilent.md',
    });
  });
});

describe('with read-only rights, or fewer', () => {
  it('what may not be seen is unknown by the action that is missing, and fails nothing', async () => {
    await authorize();
    const { aws, deployment } = stage.server;
    deployment.aws.secretsManager.faults.deny({ operation: '*' });
    deployment.aws.dynamoDb.faults.deny({ operation: 'GetItem' });
    for (const { faults } of [aws.cloudWatch, aws.lambda, aws.scheduler, aws.sqs])
      faults.deny({ operation: '*' });

    const run = await stage.run('doctor crm-prod --json');

    const checks = checksOf(run);
    expect(run.exitCode).toBe(0);
    expect(resultsOf(run, 'unknown')).toHaveLength(14);
    const actionOf = (check: string) => checks.get(check)?.fix?.replace('You have no permission for ', '');
    expect({
      registered: actionOf('registered'),
      credentials: actionOf('credentials'),
      token: actionOf('token'),
      schedule: actionOf('schedule'),
      queue: actionOf('dead-letter-queue'),
      heartbeat: actionOf('heartbeat'),
      alarms: actionOf('alarms'),
    }).toEqual({
      registered: 'dynamodb:GetItem.',
      credentials: 'secretsmanager:GetSecretValue.',
      token: 'secretsmanager:GetSecretValue.',
      schedule: 'scheduler:GetSchedule.',
      queue: 'sqs:GetQueueAttributes.',
      heartbeat: 'cloudwatch:GetMetricData.',
      alarms: 'cloudwatch:DescribeAlarms.',
    });
  });

  it('who may not read secrets is told of the token what the row says', async () => {
    await authorize();
    stage.server.deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });

    const run = await stage.run('doctor crm-prod --json');

    expect(checksOf(run).get('token')).toMatchObject({
      result: 'pass',
      found: expect.stringContaining('by the row alone'),
    });
    expect(checksOf(run).get('scopes')?.result).toBe('pass');
    expect(checksOf(run).get('data-center')?.result).toBe('pass');
  });
});

describe('--probe-data-centers', () => {
  /** Credentials of an Indian account, written down as a European one's. */
  async function confuseDataCenters(): Promise<void> {
    const { deployment, tick } = stage.server;
    const { zoho } = deployment;
    const { clientId, clientSecret } = zoho.registerClient({ dataCenter: 'in' });
    zoho.registerClient({ dataCenter: 'us', clientId });
    const refresh_token = zoho.grant({ clientId, dataCenter: 'in', scope: 'ZohoCRM.modules.ALL' });
    const data_center = 'eu';
    deployment.putCredentials('crm-prod', {
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token,
      data_center,
    });
    await tick();
  }

  it('is named by the check of the data center, and finds where the account lives: one call each, none after that', async () => {
    await confuseDataCenters();
    const before = await stage.run('doctor crm-prod --json');
    const callsBefore = stage.server.deployment.zoho.tokenCalls.length;

    const run = await stage.run('doctor crm-prod --json --probe-data-centers --yes');

    expect(checksOf(before).get('data-center')?.fix).toBe('zoho-tokens doctor crm-prod --probe-data-centers');
    expect(checksOf(before).has('data-center-probe')).toBe(false);
    expect(checksOf(run).get('data-center-probe')).toMatchObject({
      result: 'fail',
      fix: expect.stringContaining('zoho-tokens authorize crm-prod --data-center in'),
      details: [
        'us (accounts.zoho.com): invalid_client_secret: the client is known here, by another secret',
        'in (accounts.zoho.in): a token: the account lives here',
      ],
    });
    expect(stage.server.deployment.zoho.tokenCalls.length - callsBefore).toBe(2);
  });

  it('never asks the own data center, nor any other twice', async () => {
    await authorize();
    const callsBefore = stage.server.deployment.zoho.tokenCalls.length;

    const run = await stage.run('doctor crm-prod --json --probe-data-centers', { answers: [true] });

    const asked = stage.server.deployment.zoho.tokenCalls
      .slice(callsBefore)
      .map(({ dataCenter }) => dataCenter);
    expect(checksOf(run).get('data-center-probe')?.result).toBe('pass');
    expect(asked).toHaveLength(10);
    expect(new Set(asked).size).toBe(10);
    expect(asked).not.toContain('eu');
  });

  it.each([
    ['where nobody can be asked', {}, 2, 'Give --yes.'],
    ['after a no', { answers: [false] }, 1, 'Nothing was sent.'],
  ])('sends nothing %s', async (_, options, exitCode, text) => {
    await authorize();
    const callsBefore = stage.server.deployment.zoho.tokenCalls.length;

    const run = await stage.run('doctor crm-prod --probe-data-centers', options);

    expect(run.exitCode).toBe(exitCode);
    expect(run.stderr).toContain(text);
    expect(stage.server.deployment.zoho.tokenCalls).toHaveLength(callsBefore);
  });
});

describe('who may read the credentials', () => {
  const PRINCIPALS = [
    { kind: 'role', name: 'Deployer', decision: 'allowed' },
    { kind: 'role', name: 'Reader', decision: 'implicitDeny' },
    { kind: 'role', name: 'Gone', decision: 'gone' },
    { kind: 'role', name: 'AWSServiceRoleForSupport', path: '/aws-service-role/x/', decision: 'allowed' },
    { kind: 'user', name: 'alice', decision: 'allowed' },
    { kind: 'user', name: 'bob', decision: 'explicitDeny' },
    { kind: 'user', name: 'carol', decision: 'implicitDeny' },
  ] as const;

  async function withIam(principals: Parameters<typeof startIam>[0]) {
    const iam = await startIam(principals);
    vi.stubEnv('AWS_ENDPOINT_URL_IAM', iam.endpoint);
    await authorize();
    return iam;
  }

  /** As with AWS itself, where every service has its own endpoint; in a sandbox they all have one. */
  const outsideSandbox = {
    environment: {},
    fetch: () => Promise.reject(new Error('Zoho is not to be asked.')),
  };

  it('is asked of IAM for every role and user, over all pages, but not for service-linked roles', async () => {
    const iam = await withIam(PRINCIPALS);

    const run = await stage.run('doctor crm-prod --json', outsideSandbox);

    await iam.close();
    expect(checksOf(run).get('access')).toEqual({
      check: 'access',
      result: 'pass',
      found:
        "of 6 roles and users, role Deployer, user alice (as IAM's policy simulator sees it, without the organization's policies); the secret has no policy of its own",
    });
    expect(iam.simulated.map(({ principal }) => principal).sort()).toEqual([
      'Deployer',
      'Reader',
      'alice',
      'bob',
      'carol',
    ]);
    expect(iam.simulated[0]?.resource).toMatch(
      /^arn:aws:secretsmanager:.*:secret:zoho\/crm-prod\/credentials-/,
    );
  });

  it('is unknown by the action that is missing', async () => {
    const iam = await withIam(PRINCIPALS);
    iam.faults.deny({ operation: 'SimulatePrincipalPolicy' });

    const run = await stage.run('doctor crm-prod --json', outsideSandbox);

    await iam.close();
    expect(checksOf(run).get('access')).toMatchObject({
      result: 'unknown',
      fix: 'You have no permission for iam:SimulatePrincipalPolicy.',
    });
  });

  it('costs a call for each of them: with more than 200 it has to be asked for', async () => {
    const many = Array.from({ length: 201 }, (_, index) => ({
      kind: 'role' as const,
      name: `Role${index}`,
      decision: 'implicitDeny' as const,
    }));
    const iam = await withIam(many);

    const unasked = await stage.run('doctor crm-prod --json', outsideSandbox);
    const simulatedUnasked = iam.simulated.length;
    const asked = await stage.run('doctor crm-prod --json --access', outsideSandbox);

    await iam.close();
    expect(checksOf(unasked).get('access')).toMatchObject({
      result: 'unknown',
      found: expect.stringContaining('201 principals'),
      fix: expect.stringContaining('--access'),
    });
    expect(simulatedUnasked).toBe(0);
    expect(checksOf(asked).get('access')?.result).toBe('pass');
    expect(iam.simulated).toHaveLength(201);
  });
});

it('no output of any examination holds a secret, whatever is wrong', async () => {
  const canary = new Canary();
  const outputs: string[] = [];
  const examine = async (args = '') => {
    for (const json of ['', ' --json']) {
      const { stdout, stderr } = await stage.run(`doctor crm-prod${args}${json}`);
      outputs.push(stdout, stderr);
    }
  };
  const { deployment } = stage.server;
  const { clientSecret, refreshToken } = await authorize();
  canary.watchFor('client secret', clientSecret);
  canary.watchFor('refresh token', refreshToken);
  canary.watchFor('access token', deployment.readToken('crm-prod')?.access_token ?? '');

  await examine(' --probe-data-centers --yes');
  deployment.putCredentials('crm-prod', `${clientSecret} ${refreshToken}`);
  await examine();
  deployment.putCredentials('crm-prod', {
    client_id: clientSecret,
    refresh_token: refreshToken,
    data_center: refreshToken,
  });
  await deployment.refresh('crm-prod');
  await examine();
  deployment.aws.secretsManager.faults.deny({ operation: '*' });
  await examine();
  deployment.aws.secretsManager.faults.clear();
  deployment.aws.secretsManager.store.put('zoho/crm-prod/access-token', {
    value: { kind: 'string', text: `{"access_token":"${deployment.readToken('crm-prod')?.access_token}"}` },
  });
  await examine();

  expect(outputs.join('\n')).toContain('malformed_credentials');
  expect(outputs.flatMap((text) => canary.find(text))).toEqual([]);
});
