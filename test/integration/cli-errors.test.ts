import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { DEFAULT_RUNBOOK_BASE_URL } from '../../lambdas/core/documents.ts';
import { AwsError } from '../../sandbox/aws/aws-error.ts';
import { startZohoTokens } from '../support/cli-process.ts';
import { freePort } from '../support/free-port.ts';
import { OperatorDesk } from '../support/operator-desk.ts';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());
/** A connection that was connected at run time. */
const { name: acme } = await desk.connected('acme-1');

/** The error and its next step, without the notices and the progress lines of a slow machine. */
const linesOf = (stderr: string) =>
  stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !/^(SANDBOX: |deployment )/.test(line) && !line.endsWith(' ...'));

type Denier = { deny(target: { operation: '*' | never }, error?: AwsError): () => void };

/** Denies an operation of a service for the duration of a test. */
function deny(action: string, error?: AwsError): () => void {
  const [service = '', operation = ''] = action.split(':');
  const { lambda, cloudWatch, ssm } = desk.server.aws;
  const services: Record<string, { faults: unknown }> = {
    cloudwatch: cloudWatch,
    dynamodb: desk.table,
    lambda,
    secretsmanager: desk.secrets,
    ssm,
  };
  const faults = services[service]?.faults as Denier;
  const target = { operation: operation.replace('InvokeFunction', 'Invoke') as '*' };
  const lift = faults.deny(target, error);
  onTestFinished(lift);
  return lift;
}

describe('a missing permission is named, with where to find it', () => {
  it.each([
    ['status', 'dynamodb:Scan'],
    ['status acme-1', 'dynamodb:GetItem'],
    ['token acme-1', 'secretsmanager:GetSecretValue'],
    ['refresh acme-1', 'lambda:InvokeFunction'],
    ['pause acme-1', 'dynamodb:UpdateItem'],
    ['revoke acme-1 --confirm acme-1', 'secretsmanager:GetSecretValue'],
    ['disconnect acme-1 --confirm acme-1', 'lambda:GetFunctionConfiguration'],
    ['disconnect acme-1 --confirm acme-1', 'dynamodb:UpdateItem'],
    ['connect acme-2 --data-center eu', 'lambda:GetFunctionConfiguration'],
    ['connect acme-2 --data-center eu', 'secretsmanager:DescribeSecret'],
    ['connect acme-2 --data-center eu', 'secretsmanager:CreateSecret'],
    ['connect acme-1 --data-center eu', 'secretsmanager:TagResource'],
    ['authorize acme-1 --import', 'dynamodb:GetItem'],
    ['authorize acme-1 --import', 'secretsmanager:PutSecretValue'],
    ['authorize acme-1 --import', 'lambda:InvokeFunction'],
  ])('%s without %s', async (command, action) => {
    const refreshToken = desk.credentials(acme).refresh_token ?? '';
    const lift = deny(action);

    const { exitCode, stderr } = await desk.run(command.split(' '), { stdin: refreshToken });
    lift();

    expect(exitCode).toBe(1);
    expect(linesOf(stderr)).toEqual([
      expect.stringMatching(new RegExp(`^error: You have no permission for ${action} on [\\w/*:-]+\\.$`)),
      '  Ask for the permissions in https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs/operator-policy.json.',
    ]);
    expect((await desk.row(acme)).status).toBe('active');
  });

  it.each([
    ['DeleteSecret', ['disconnect', 'acme-3', '--confirm', 'acme-3']],
    ['RestoreSecret', ['connect', 'acme-3', '--data-center', 'eu']],
  ] as const)('%s, and the same command finishes the work once it is allowed', async (operation, args) => {
    if (operation === 'DeleteSecret') await desk.connected('acme-3');
    const lift = deny(`secretsmanager:${operation}`);

    const refused = await desk.run(args);
    lift();
    const allowed = await desk.run(args);

    expect(refused.stderr).toContain(`no permission for secretsmanager:${operation}`);
    expect([refused.exitCode, allowed.exitCode]).toEqual([1, 0]);
  });

  it('only where it is needed', async () => {
    deny('lambda:GetFunctionConfiguration');
    deny('secretsmanager:DescribeSecret');
    deny('dynamodb:Scan');

    const known = await desk.run(['token', acme]);
    const unknown = await desk.run(['token', 'acme-9']);

    expect(known.exitCode).toBe(0);
    expect(linesOf(unknown.stderr)[0]).toBe('error: There is no connection acme-9.');
  });
});

describe('an error of AWS has a next step:', () => {
  it.each([
    ['expired credentials', 'ExpiredToken', /expired or wrong\.$/, /Sign in again/],
    ['wrong credentials', 'InvalidClientTokenId', /expired or wrong\.$/, /Sign in again/],
    ['a throttle', 'Throttling', /too many requests\.$/, /Try again in a minute/],
    [
      "a denial under the service's own name",
      'AccessDenied',
      /no permission for ssm:GetParametersByPath/,
      /operator-policy/,
    ],
  ])('%s', async (_, code, error, next) => {
    deny('ssm:GetParametersByPath', new AwsError(code, `the text of ${code}`));

    const { exitCode, stderr } = await desk.run(['status']);

    expect(exitCode).toBe(1);
    expect(linesOf(stderr)).toEqual([expect.stringMatching(error), expect.stringMatching(next)]);
    expect(stderr).not.toContain('the text of');
  });

  it.each([
    [
      'the sandbox',
      {},
      /^error: The sandbox cannot be reached.* 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/,
      /npm start -- --serve/,
    ],
    ['an endpoint', { ZOHO_SANDBOX_URL: '' }, /^error: AWS_ENDPOINT_URL cannot be reached/, /unset it/],
  ])('%s that cannot be reached', async (_, others, error, next) => {
    const AWS_ENDPOINT_URL = `http://127.0.0.1:${await freePort()}`;
    vi.stubEnv('AWS_ENDPOINT_URL', AWS_ENDPOINT_URL);
    onTestFinished(() => void vi.stubEnv('AWS_ENDPOINT_URL', desk.server.origin));
    const environment = { ...desk.server.environment, AWS_ENDPOINT_URL, ...others };

    const { exitCode, stderr } = await desk.run('status', { environment });

    expect(exitCode).toBe(1);
    expect(linesOf(stderr)).toEqual([expect.stringMatching(error), expect.stringMatching(next)]);
  });

  it.skipIf(process.platform === 'win32')(
    'a program of the profile gives credentials once, for all services',
    async () => {
      const home = mkdtempSync(join(tmpdir(), 'zoho-tokens-'));
      onTestFinished(() => rmSync(home, { recursive: true }));
      const [program, calls, config] = ['program', 'calls', 'config'].map((file) => join(home, file)) as [
        ...[string, string, string],
      ];
      const answer = '{"Version":1,"AccessKeyId":"sandbox","SecretAccessKey":"sandbox"}';
      writeFileSync(program, `#!/bin/sh\necho called >> '${calls}'\necho '${answer}'\n`, { mode: 0o700 });
      writeFileSync(config, `[profile work]\nregion = eu-west-1\ncredential_process = ${program}\n`);
      const { AWS_ENDPOINT_URL, ZOHO_SANDBOX_URL } = desk.server.environment;
      const environment = {
        PATH: process.env.PATH,
        HOME: home,
        AWS_CONFIG_FILE: config,
        AWS_ENDPOINT_URL,
        ZOHO_SANDBOX_URL,
      };

      const child = startZohoTokens(['status', acme, '--profile', 'work'], { environment });
      await child.ended;

      expect(child.stdout()).toContain(acme);
      expect(readFileSync(calls, 'utf8')).toBe('called\n');
    },
  );

  it('no credentials, no region, or a profile that does not exist', async () => {
    const home = mkdtempSync(join(tmpdir(), 'zoho-tokens-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const clean = {
      PATH: process.env.PATH,
      HOME: home,
      USERPROFILE: home,
      AWS_EC2_METADATA_DISABLED: 'true',
    };

    const children = [
      startZohoTokens(['status'], { environment: { ...clean, AWS_REGION: 'eu-west-1' } }),
      startZohoTokens(['status'], { environment: clean }),
      startZohoTokens(['status', '--profile', 'nobody', '--region', 'eu-west-1'], { environment: clean }),
    ];
    const codes = await Promise.all(children.map(({ ended }) => ended));

    const noCredentials = ['error: No AWS credentials were found.', expect.stringContaining('aws sso login')];
    const noProfile = [
      'error: No credentials were found for the AWS profile nobody.',
      expect.stringContaining('aws sso login --profile nobody'),
    ];
    const noRegion = ['error: No AWS region is set.', '  Set --region or AWS_REGION.'];
    expect(codes).toEqual([1, 1, 1]);
    expect(children.map(({ stderr }) => linesOf(stderr()))).toEqual([noCredentials, noRegion, noProfile]);
  });
});

describe('the runbook of an error is linked', () => {
  const failed = new AwsError('InternalServerError', 'an outage');

  it('where the notifications of the deployment link it', async () => {
    deny('dynamodb:GetItem', failed);

    const { stderr } = await desk.run(['status', acme]);

    expect(stderr).toContain('see https://runbooks.example/DynamoDbOutage.md.');
  });

  it('where it is published if the settings of the deployment cannot be read', async () => {
    deny('dynamodb:Scan', failed);
    deny('lambda:GetFunctionConfiguration');

    const { stderr } = await desk.run(['status']);

    expect(stderr).toContain(`see ${DEFAULT_RUNBOOK_BASE_URL}/DynamoDbOutage.md.`);
  });
});

it('a process prints nothing but its result: no warning of the AWS SDK or of Node.js', async () => {
  const { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: _, ...environment } = {
    ...{ PATH: process.env.PATH, ...desk.server.environment },
  } as Readonly<Record<string, string | undefined>>;

  const child = startZohoTokens(['status', acme], { environment });

  await child.ended;
  expect(child.stdout()).toContain(acme);
  expect(linesOf(child.stderr())).toEqual([]);
});
