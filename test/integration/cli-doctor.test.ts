import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Finding } from '../../cli/doctor/finding.ts';
import { KEY_ARN } from '../../sandbox/aws/embedded-aws.ts';
import { TOPICS } from '../../sandbox/deployment/local-deployment.ts';
import { REFRESHER_FUNCTION_NAME, SCHEDULE_NAME, UNDELIVERED_QUEUE_NAME } from '../../sandbox/serve/stack.ts';
import { startIam } from '../support/iam-server.ts';
import { OperatorDesk } from '../support/operator-desk.ts';
import type { CliRunOptions } from '../support/run-zoho-tokens.ts';
import { MINUTE_MS, updateRow } from '../support/sandbox.ts';

const CONNECTIONS = {
  'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
  'books-in': { dataCenter: 'in', scopes: ['ZohoBooks.invoices.READ'] },
} as const;

let desk: OperatorDesk;
let deployment: OperatorDesk['deployment'];

beforeEach(async () => {
  desk = await OperatorDesk.open(CONNECTIONS);
  deployment = desk.deployment;
});

afterEach(() => desk.close());

/** Runs `doctor crm-prod --json`. */
async function diagnose(args = '', options: Partial<CliRunOptions> = {}) {
  const { exitCode, stdout } = await desk.run(`doctor crm-prod --json${args}`, options);
  const { connection, checks } = JSON.parse(stdout) as {
    connection: string;
    checks: readonly (Finding & { check: string })[];
  };
  return {
    connection,
    exitCode,
    check: (name: string) => checks.find(({ check }) => check === name),
    /** Names of the checks with this result. */
    named: (result: Finding['result']) =>
      checks.filter((each) => each.result === result).map(({ check }) => check),
  };
}

async function authorize() {
  const authorization = deployment.authorize('crm-prod');
  await desk.server.tick();
  return authorization;
}

describe('a healthy connection', () => {
  it('passes every check that the sandbox supports, in a fixed order', async () => {
    deployment.authorize('crm-prod');
    deployment.putCredentials('crm-prod', {
      ...desk.credentials('crm-prod'),
      ...{ client_type: 'server-based', authorized_at: '2026-01-04T09:00:00.000Z' },
    });
    await desk.server.tick();

    const { exitCode, stdout } = await desk.run('doctor crm-prod');

    expect(exitCode).toBe(0);
    expect(stdout.match(/^(pass|fail|unknown) +\S+/gm)?.map((line) => line.replace(/ +/, ' '))).toEqual([
      'pass registered',
      'pass credentials',
      'pass encryption-key',
      'pass data-center',
      'pass scopes',
      'pass client-type',
      'pass token',
      'pass last-failure',
      'pass budget',
      'pass complaints',
      'pass lease',
      'pass schedule',
      'pass dead-letter-queue',
      'pass heartbeat',
      'pass alarms',
      'pass alarm-setup',
      'pass subscriptions',
      'unknown access',
    ]);
    expect(stdout).toContain('authorized 24 h ago');
    expect(stdout).toContain('No problems found. 1 of 18 is unknown.');
  });

  it('is reported as JSON, with nothing else on stdout', async () => {
    await authorize();

    const { connection, named, check } = await diagnose();

    expect(connection).toBe('crm-prod');
    expect(named('fail')).toEqual([]);
    expect(check('access')?.found).toContain('iam:ListRoles');
    expect(check('access')?.fix).toContain('The sandbox does not simulate this service');
  });
});

describe('a connection with a problem', () => {
  it('was never authorized: the finding names the command', async () => {
    await desk.server.tick();

    const { exitCode, named, check } = await diagnose();

    expect(exitCode).toBe(1);
    expect(named('fail')).toEqual(['credentials', 'token', 'last-failure']);
    expect(check('credentials')?.fix).toBe('Run: zoho-tokens authorize crm-prod');
  });

  it('does not exist: the error names a similar one', async () => {
    const { exitCode, stderr } = await desk.run('doctor crm-prd');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Did you mean crm-prod?');
  });

  it('has a row that cannot be read: the other checks still run', async () => {
    await authorize();
    await updateRow(deployment, 'SET generation = :text', { ':text': { S: 'seven' } });

    const { named, check } = await diagnose();

    expect(named('fail')).toEqual(['registered']);
    expect(check('registered')?.found).toContain('generation');
    expect(check('token')?.result).toBe('pass');
    expect(check('lease')?.result).toBe('unknown');
  });

  it('was refused by Zoho: the last failure fails at once, and its advice is to wait until that is confirmed', async () => {
    const { refreshToken } = await authorize();
    deployment.zoho.revoke(refreshToken);
    await deployment.refresh('crm-prod');
    const once = await diagnose();
    deployment.clock.advance(3 * MINUTE_MS);
    await deployment.refresh('crm-prod');

    const { named, check } = await diagnose();

    expect(once.named('fail')).toEqual(['last-failure']);
    expect(once.check('last-failure')?.fix).toMatch(/^Wait a few minutes/);
    expect(once.check('last-failure')?.found).toMatch(/^Not confirmed: .*invalid_code, reauthorize/);
    expect(named('fail')).toEqual(['last-failure']);
    expect(check('last-failure')?.fix).toMatch(/^Run: zoho-tokens refresh crm-prod/);
    expect(check('last-failure')?.found).toMatch(/^Zoho does not accept .*invalid_code, reauthorize/);
  });

  it('is throttled: no check advises to call Zoho, and the runbook is linked as in notifications', async () => {
    deployment.authorize('crm-prod');
    deployment.zoho.injectFault({ kind: 'throttle', calls: 1 });
    await deployment.refresh('crm-prod');

    const { named, check } = await diagnose();
    const fixes = [...named('fail'), ...named('unknown')].map((name) => check(name)?.fix ?? '');

    expect(fixes.join('\n')).not.toMatch(/zoho-tokens (refresh|authorize)/);
    expect(check('token')?.fix).toMatch(/^Wait: Zoho throttles the connection/);
    expect(check('budget')?.fix).toContain('see https://runbooks.example/ZohoThrottling.md');
  });

  it('has a broken stack: schedule, queue, heartbeat and alarms name the runbook', async () => {
    await authorize();
    const { aws, alarms } = desk.server;
    aws.scheduler.deploy({ name: SCHEDULE_NAME, expression: 'rate(1 minute)', state: 'DISABLED' });
    aws.sqs.setMessageCount(UNDELIVERED_QUEUE_NAME, 3);
    deployment.clock.advance(6 * MINUTE_MS);
    alarms.setState('ZohoTokenRefresher-RefresherSilent', 'ALARM', 'no data');
    alarms.setState('ZohoTokenRefresher-UnauthorizedSpike-books-in', 'ALARM', 'not of crm-prod');
    alarms.setState('ZohoTokenRefresher-page', 'ALARM', 'repeats RefresherSilent, has no runbook');

    const { named, check } = await diagnose();

    expect(named('fail')).toEqual(['schedule', 'dead-letter-queue', 'heartbeat', 'alarms']);
    expect(check('dead-letter-queue')?.found).toContain('3 ticks');
    expect(check('alarms')).toMatchObject({
      found: '1 in ALARM: ZohoTokenRefresher-RefresherSilent',
      fix: 'See https://runbooks.example/RefresherSilent.md.',
    });
  });
});

describe('a deployment that cannot notify', () => {
  it.each([
    ['Disabled', 'aws kms enable-key'],
    ['PendingDeletion', 'aws kms cancel-key-deletion'],
  ] as const)('has a key that is %s', async (state, command) => {
    await authorize();
    deployment.aws.secretsManager.store.keys.disable(KEY_ARN, state);

    const { exitCode, check } = await diagnose();

    expect(exitCode).toBe(1);
    expect(check('encryption-key')?.fix).toContain(`${command} --key-id ${KEY_ARN}`);
  });

  it('has no confirmed subscription: one that is pending notifies no one', async () => {
    await authorize();
    const { subscriptions } = deployment.aws.sns;
    const pending = { protocol: 'email', endpoint: 'on-call@example.com', isConfirmed: false };
    subscriptions.set(TOPICS.page, [pending]);

    const before = await diagnose();
    subscriptions.set(TOPICS.alarm, Array(120).fill({ ...pending, isConfirmed: true }));
    const after = await diagnose();

    expect(before.check('subscriptions')).toMatchObject({
      result: 'fail',
      details: [
        'page topic: no confirmed subscription, 1 not confirmed yet',
        'alarm topic: no confirmed subscription',
        'ticket topic: 1 confirmed',
      ],
    });
    expect(after.check('subscriptions')).toMatchObject({ result: 'pass' });
    expect(after.check('subscriptions')?.details).toContain('alarm topic: 120 confirmed');
  });

  it('lacks an alarm, or one has disabled actions', async () => {
    await authorize();
    const { alarms } = desk.server;
    const name = 'ZohoTokenRefresher-TokenExpiringSoon';
    const alarm = alarms.find(name);
    if (alarm === undefined) throw new Error('no alarm');

    alarms.deploy({ ...alarm, actionsEnabled: false });
    const disabled = await diagnose();
    alarms.delete(name);
    const deleted = await diagnose();

    expect(disabled.check('alarm-setup')?.fix).toBe(
      `Run: aws cloudwatch enable-alarm-actions --alarm-names ${name}`,
    );
    expect(deleted.check('alarm-setup')?.details).toEqual([`${name} does not exist`]);
  });

  it('runs, but CloudWatch has lost its metrics', async () => {
    await authorize();
    const { metrics } = desk.server.aws.cloudWatch;
    deployment.clock.advance(30 * MINUTE_MS);
    const dimensions = {
      FunctionName: REFRESHER_FUNCTION_NAME,
      Resource: `${REFRESHER_FUNCTION_NAME}:schedule`,
    };
    for (const [name, value] of [
      ['Invocations', 4],
      ['Errors', 1],
    ] as const)
      metrics.addValue(
        { namespace: 'AWS/Lambda', name, dimensions },
        { value, atMs: deployment.clock.now() },
      );

    const { check } = await diagnose();

    expect(check('heartbeat')).toMatchObject({
      result: 'fail',
      found: expect.stringContaining('the refresher runs (3 completed runs in the last 5 minutes'),
    });
  });
});

describe('a user with few permissions', () => {
  it('gets unknown findings, which name the missing permission and fail nothing', async () => {
    await authorize();
    const { cloudWatch, kms, lambda, scheduler, sqs } = desk.server.aws;
    deployment.aws.sns.faults.deny({ operation: '*' });
    deployment.aws.secretsManager.faults.deny({ operation: '*' });
    deployment.aws.dynamoDb.faults.deny({ operation: 'GetItem' });
    for (const { faults } of [cloudWatch, kms, lambda, scheduler, sqs]) faults.deny({ operation: '*' });

    const { exitCode, named, check } = await diagnose();

    const expected = {
      registered: 'dynamodb:GetItem',
      credentials: 'secretsmanager:GetSecretValue',
      token: 'secretsmanager:GetSecretValue',
      schedule: 'scheduler:GetSchedule',
      'dead-letter-queue': 'sqs:GetQueueAttributes',
      heartbeat: 'cloudwatch:GetMetricData',
      alarms: 'cloudwatch:DescribeAlarms',
      'alarm-setup': 'cloudwatch:DescribeAlarms',
      'encryption-key': 'kms:DescribeKey',
      subscriptions: 'sns:ListSubscriptionsByTopic',
    };
    expect(exitCode).toBe(0);
    expect(named('unknown')).toHaveLength(18);
    for (const [name, action] of Object.entries(expected))
      expect(check(name)?.fix).toBe(`You have no permission for ${action}.`);
  });

  it('for secrets gets the findings that the row allows', async () => {
    await authorize();
    deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });

    const { check } = await diagnose();

    expect(check('token')).toMatchObject({
      result: 'pass',
      found: expect.stringContaining('from the row only'),
    });
    expect([check('scopes')?.result, check('data-center')?.result]).toEqual(['pass', 'pass']);
  });
});

describe('--probe-data-centers', () => {
  it('finds where the account is with one call per data center, and none after that', async () => {
    // Credentials of an Indian account, stored as European ones.
    const { clientId, clientSecret } = deployment.zoho.registerClient({ dataCenter: 'in' });
    deployment.zoho.registerClient({ dataCenter: 'us', clientId });
    const refreshToken = deployment.zoho.grant({ clientId, dataCenter: 'in', scope: 'ZohoCRM.modules.ALL' });
    deployment.putCredentials('crm-prod', {
      ...{ client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken },
      data_center: 'eu',
    });
    await desk.server.tick();
    const before = await diagnose();
    const callsBefore = deployment.zoho.tokenCalls.length;

    const { check } = await diagnose(' --probe-data-centers --yes');

    expect(before.check('data-center')?.fix).toBe('Run: zoho-tokens doctor crm-prod --probe-data-centers');
    expect(before.check('data-center-probe')).toBeUndefined();
    expect(check('data-center-probe')).toMatchObject({
      result: 'fail',
      fix: expect.stringContaining('zoho-tokens authorize crm-prod --data-center in'),
      details: [
        'us (accounts.zoho.com): invalid_client_secret, the client is known here with a different secret',
        'in (accounts.zoho.in): token issued, the account is here',
      ],
    });
    expect(deployment.zoho.tokenCalls.length - callsBefore).toBe(2);
  });

  it("never asks the credentials' own data center, nor another one twice", async () => {
    await authorize();
    const callsBefore = deployment.zoho.tokenCalls.length;

    const { check } = await diagnose(' --probe-data-centers', { answers: [true] });

    const asked = deployment.zoho.tokenCalls.slice(callsBefore).map(({ dataCenter }) => dataCenter);
    expect(check('data-center-probe')?.result).toBe('pass');
    expect(asked).toHaveLength(10);
    expect(new Set(asked).size).toBe(10);
    expect(asked).not.toContain('eu');
  });

  it.each([
    ['without a terminal', {}, 2, 'Use --yes.'],
    ['after a no', { answers: [false] }, 1, 'Nothing was sent to Zoho.'],
  ])('sends nothing %s', async (_, options, code, text) => {
    await authorize();
    const callsBefore = deployment.zoho.tokenCalls.length;

    const { exitCode, stderr } = await desk.run('doctor crm-prod --probe-data-centers', options);

    expect(exitCode).toBe(code);
    expect(stderr).toContain(text);
    expect(deployment.zoho.tokenCalls).toHaveLength(callsBefore);
  });
});

describe('who can read the credentials', () => {
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
    onTestFinished(() => iam.close());
    vi.stubEnv('AWS_ENDPOINT_URL_IAM', iam.endpoint);
    await authorize();
    return iam;
  }

  /** As with the real AWS, where every service has its own endpoint; in a sandbox all share one. */
  const outsideSandbox = {
    environment: {},
    fetch: () => Promise.reject(new Error('Zoho must not be called.')),
  };

  it('is simulated for every role and user on all pages, except service-linked roles', async () => {
    const iam = await withIam(PRINCIPALS);

    const { check } = await diagnose('', outsideSandbox);

    expect(check('access')).toEqual({
      check: 'access',
      result: 'pass',
      found:
        "readers, of 6 roles and users: role Deployer, user alice (by IAM's policy simulator, without the organization's policies); the secret has no resource policy",
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

  it('is unknown without permission', async () => {
    const iam = await withIam(PRINCIPALS);
    iam.faults.deny({ operation: 'SimulatePrincipalPolicy' });

    const { check } = await diagnose('', outsideSandbox);

    expect(check('access')).toMatchObject({
      result: 'unknown',
      fix: 'You have no permission for iam:SimulatePrincipalPolicy.',
    });
  });

  it('costs one call each: more than 200 are simulated only with --access', async () => {
    const principal = (index: number) =>
      ({ kind: 'role', name: `Role${index}`, decision: 'implicitDeny' }) as const;
    const iam = await withIam(Array.from({ length: 201 }, (_, index) => principal(index)));

    const without = await diagnose('', outsideSandbox);
    const simulatedWithout = iam.simulated.length;
    const withAccess = await diagnose(' --access', outsideSandbox);

    expect(without.check('access')).toMatchObject({
      result: 'unknown',
      found: expect.stringContaining('201 principals'),
      fix: expect.stringContaining('--access'),
    });
    expect(simulatedWithout).toBe(0);
    expect(withAccess.check('access')?.result).toBe('pass');
    expect(iam.simulated).toHaveLength(201);
  });
});
