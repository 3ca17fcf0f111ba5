import { afterAll, afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { ADDRESS_PARAMETERS } from '../../lambdas/core/deployment-address.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { AwsError } from '../../sandbox/aws/aws-error.ts';
import { addressOf } from '../../sandbox/serve/stack.ts';
import { OperatorDesk, SCOPE } from '../support/operator-desk.ts';
import { rememberAccounts } from '../support/run-zoho-tokens.ts';

const ROOT = '/zoho-token-refresher';
const ACCOUNT = '000000000000';

const desk = await OperatorDesk.open();
afterAll(() => desk.close());
const { name } = await desk.live();
const { ssm, sts } = desk.server.aws;
const ADDRESS = addressOf(desk.server.origin);

/** The error and its next step. */
const linesOf = (stderr: string) =>
  stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('SANDBOX: ') && !line.endsWith(' ...'));

/** Publishes the address of a deployment for the duration of a test, with other values, or without those that are undefined. */
function publish(secretPrefix: string, changes: Readonly<Record<string, string | undefined>> = {}): void {
  for (const [parameter, value] of Object.entries({ ...ADDRESS, ...changes })) {
    if (value === undefined) ssm.delete(`${ROOT}/${secretPrefix}/${parameter}`);
    else ssm.put(`${ROOT}/${secretPrefix}/${parameter}`, value);
  }
  onTestFinished(() => {
    for (const parameter of ADDRESS_PARAMETERS) ssm.delete(`${ROOT}/${secretPrefix}/${parameter}`);
    for (const [parameter, value] of Object.entries(ADDRESS)) ssm.put(`${ROOT}/zoho/${parameter}`, value);
  });
}

const record = (stack: string, version = packageJson.version) => JSON.stringify({ stack, version });

afterEach(() => {
  ssm.faults.clear();
  sts.faults.clear();
});

describe('the only deployment of the account and region', () => {
  it('is used, whatever the stack is called', async () => {
    publish('zoho', { deployment: record('Shop-Prod') });

    const { exitCode, stdout } = await desk.run('status --json');

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ stack: 'Shop-Prod', region: 'eu-west-1' });
  });

  it('is found beside parameters of others', async () => {
    for (const other of [
      `${ROOT}/notes`,
      `${ROOT}/other/notes`,
      `${ROOT}/other/deep/table`,
      `${ROOT}-2/x/table`,
    ]) {
      ssm.put(other, 'a note');
      onTestFinished(() => ssm.delete(other));
    }

    const { exitCode } = await desk.run(['token', name]);

    expect(exitCode).toBe(0);
  });

  it('needs no STS', async () => {
    sts.resetCalls();

    await desk.run('status');

    expect(sts.calls).toEqual([]);
  });
});

describe('of several deployments', () => {
  const run = (args: string, environment = {}) =>
    desk.run(args, { environment: { ...desk.server.environment, ...environment } });

  it('none is used without a choice: all are listed', async () => {
    publish('team-a', { deployment: record('TeamA', '0.1.7'), table: undefined });
    publish('x', { deployment: 'garbled' });

    const { exitCode, stdout, stderr } = await run('status');

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(linesOf(stderr)).toEqual([
      `error: There are 3 deployments in account ${ACCOUNT}, eu-west-1.`,
      '  Choose one with --deployment NAME, or set ZOHO_DEPLOYMENT:',
      '    team-a  stack TeamA, version 0.1.7, incomplete',
      '    x       unknown stack',
      `    zoho    stack ZohoTokenRefresher, version ${packageJson.version}`,
    ]);
  });

  it('one is chosen by option or environment; the option wins; an empty variable chooses none', async () => {
    publish('team-a', { deployment: record('TeamA') });

    const results = [
      await run('status --json --deployment team-a'),
      await run('status --json', { ZOHO_DEPLOYMENT: 'team-a' }),
      await run('status --json --deployment zoho', { ZOHO_DEPLOYMENT: 'team-a' }),
    ];
    const empty = await run('status --json', { ZOHO_DEPLOYMENT: '' });

    expect(results.map(({ stdout }) => JSON.parse(stdout).stack)).toEqual([
      ...['TeamA', 'TeamA', 'ZohoTokenRefresher'],
    ]);
    expect(empty.exitCode).toBe(1);
  });

  it('only the address of the chosen one is read, so that permission for it is enough', async () => {
    publish('team-a');
    ssm.faults.deny({ operation: '*', parameter: ROOT });
    ssm.resetCalls();

    const { exitCode } = await run('status --deployment zoho');

    expect(exitCode).toBe(0);
    expect(new Set(ssm.calls.map(({ parameter }) => parameter))).toEqual(new Set([`${ROOT}/zoho`]));
  });
});

describe('no deployment', () => {
  const noDeployment = (where: string) => [
    `error: There is no deployment in ${where}.`,
    '  Check --region and --profile, or deploy: npx cdk deploy. Version 0.1 has no address: deploy this version over it.',
  ];

  it('in the region: the account, region and profile that were looked at are named', async () => {
    const elsewhere = await desk.run('status --region us-east-1');
    const byProfile = await desk.run('status --region us-east-1', {
      environment: { ...desk.server.environment, AWS_PROFILE: 'staging' },
    });

    expect(elsewhere.exitCode).toBe(1);
    expect(linesOf(elsewhere.stderr)).toEqual(noDeployment(`account ${ACCOUNT}, us-east-1 (no profile set)`));
    expect(linesOf(byProfile.stderr)).toEqual(
      noDeployment(`account ${ACCOUNT}, us-east-1 (profile staging)`),
    );
  });

  it('and an account that AWS does not tell', async () => {
    sts.faults.deny({ operation: '*' });

    const { stderr } = await desk.run('status --region us-east-1');

    expect(linesOf(stderr)).toEqual(noDeployment('us-east-1 (no profile set)'));
  });

  it('of the name that was given: the nearest one is suggested', async () => {
    publish('team-a');

    const misspelt = await desk.run('status --deployment team');
    ssm.faults.deny({ operation: '*', parameter: ROOT });
    const alone = await desk.run('status --deployment team');

    expect(linesOf(misspelt.stderr)).toEqual([
      `error: There is no deployment team in account ${ACCOUNT}, eu-west-1 (no profile set). Did you mean team-a?`,
      '  Check --region and --profile, or use --deployment with one of: team-a, zoho.',
    ]);
    expect(linesOf(alone.stderr)).toEqual([
      `error: There is no deployment team in account ${ACCOUNT}, eu-west-1 (no profile set).`,
      '  Check --deployment (or ZOHO_DEPLOYMENT), --region and --profile.',
    ]);
  });

  it.each([
    ['--deployment', 'a/b'],
    ['--deployment', '1000.0f1e2d3c4b5a69788796a5b4c3d2e1f0.1a2b3c4d5e6f708192a3b4c5d6e7f809'],
  ])('%s %s is no name of one', async (option, value) => {
    const { exitCode, stderr } = await desk.run(['status', option, value]);

    expect(exitCode).not.toBe(0);
    expect(stderr).not.toContain(value);
  });

  it('is chosen by the name of its stack: --stack says what replaced it', async () => {
    const { exitCode, stderr } = await desk.run('status --stack ZohoTokenRefresher');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('use --deployment');
  });
});

describe('an address that cannot be used', () => {
  it.each<[Readonly<Record<string, string | undefined>>, string, string]>([
    [
      { table: undefined, queue: undefined },
      'The deployment zoho (stack ZohoTokenRefresher) in account 000000000000, eu-west-1 is incomplete: its address has no table, queue.',
      'Wait until the deployment in progress has finished, or repeat it if it failed: npx cdk deploy.',
    ],
    [
      { deployment: undefined },
      'The deployment zoho in account 000000000000, eu-west-1 is incomplete: its address has no deployment.',
      'Wait until the deployment in progress has finished, or repeat it if it failed: npx cdk deploy.',
    ],
    ...['{}', 'garbled', '[]', '{"stack":"","version":"1.0.0"}', '{"stack":"A"}'].map(
      (deployment): [Readonly<Record<string, string | undefined>>, string, string] => [
        { deployment },
        'The SSM parameter /zoho-token-refresher/zoho/deployment in account 000000000000, eu-west-1 is not JSON such as {"stack":"…","version":"0.2.0"} (value omitted). It was changed after the deployment.',
        'Restore the value that the deployment wrote: aws ssm get-parameter-history --name /zoho-token-refresher/zoho/deployment',
      ],
    ),
    [
      { 'operator-target': 'Refresher' },
      'The SSM parameter /zoho-token-refresher/zoho/operator-target in account 000000000000, eu-west-1 is not the ARN of a Lambda function (value omitted). It was changed after the deployment.',
      'Restore the value that the deployment wrote: aws ssm get-parameter-history --name /zoho-token-refresher/zoho/operator-target',
    ],
    [
      { key: 'alias/zoho' },
      'The SSM parameter /zoho-token-refresher/zoho/key in account 000000000000, eu-west-1 is not the ARN of a KMS key (value omitted). It was changed after the deployment.',
      'Restore the value that the deployment wrote: aws ssm get-parameter-history --name /zoho-token-refresher/zoho/key',
    ],
    [
      { function: 'arn:aws:lambda:eu-west-1:111122223333:function:Refresher' },
      'The SSM parameter /zoho-token-refresher/zoho/function in account 000000000000, eu-west-1 names a function in account 111122223333, eu-west-1: it was copied from there.',
      'Use the --profile and --region of the deployment. Delete the copied parameters: they block a deployment here.',
    ],
  ])('%j', async (changes, message, nextStep) => {
    publish('zoho', changes);

    const { exitCode, stderr } = await desk.run('status');

    expect(exitCode).toBe(1);
    expect(linesOf(stderr)).toEqual([`error: ${message}`, `  ${nextStep}`]);
  });

  it('a path that may not be read: the permission is named', async () => {
    ssm.faults.deny({ operation: '*' });

    const any = await desk.run('status');
    const one = await desk.run('status --deployment zoho');

    expect(linesOf(any.stderr)).toEqual([
      'error: You have no permission for ssm:GetParametersByPath on /zoho-token-refresher.',
      '  Ask for the permissions in https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs/operator-policy.json, or name a deployment that you may use: --deployment NAME.',
    ]);
    expect(linesOf(one.stderr)).toEqual([
      'error: You have no permission for ssm:GetParametersByPath on /zoho-token-refresher/zoho.',
      '  Ask for the permissions in https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs/operator-policy.json.',
    ]);
  });

  it('a second page that fails: nothing is taken for complete', async () => {
    let pages = 0;
    const take = ssm.faults.take.bind(ssm.faults);
    ssm.faults.take = (call) => {
      pages += 1;
      if (pages === 1) return take(call);
      return { kind: 'error', error: new AwsError('InvalidNextToken', 'expired'), afterEffect: false };
    };
    onTestFinished(() => {
      ssm.faults.take = take;
    });

    const { exitCode, stderr } = await desk.run('status');

    expect(exitCode).toBe(1);
    expect(linesOf(stderr)[0]).toBe(
      'error: ssm:GetParametersByPath on /zoho-token-refresher failed (InvalidNextToken).',
    );
  });
});

describe('the version of the deployment', () => {
  const [major = '0', minor = '0'] = packageJson.version.split('.');
  const next = `${major}.${Number(minor) + 1}.0`;

  it.each([
    ['is the same', packageJson.version, undefined],
    ['has another patch', `${major}.${minor}.99`, undefined],
    ['is unknown', 'next', undefined],
    ['is newer', next, `Install zoho-token-refresher ${next}, or deploy version`],
    ['is older', '0.0.1', `Deploy version ${packageJson.version}, or install zoho-token-refresher 0.0.1.`],
  ])('%s: a warning only when it matters', async (_, version, advice) => {
    publish('zoho', { deployment: record('ZohoTokenRefresher', version) });

    const { exitCode, stderr } = await desk.run(['token', name]);

    expect(exitCode).toBe(0);
    expect(stderr.match(/^warning: /gm)?.length).toBe(advice === undefined ? undefined : 1);
    expect(stderr).toContain(advice ?? '');
  });
});

describe('before a change', () => {
  const line = `deployment zoho in account ${ACCOUNT}, eu-west-1 (stack ZohoTokenRefresher)`;
  const question = `This is the first time that you change something in account ${ACCOUNT} from here. Is it the right account?`;

  it.each([
    'pause crm-01',
    'resume crm-01',
    'refresh crm-01',
    'authorize crm-01 --import',
    'revoke crm-01 --confirm crm-01',
    `connect acme-5 --data-center eu --scope ${SCOPE}`,
    'disconnect acme-5 --confirm acme-5',
  ])('%s names account, region and deployment, once and not in the result', async (command) => {
    const { stdout, stderr } = await desk.run(command);

    expect(stderr.split('\n').filter((each) => each === line)).toHaveLength(1);
    expect(stdout).not.toContain(ACCOUNT);
  });

  it.each(['status', 'doctor crm-02', 'token crm-01', 'audit'])(
    '%s changes nothing, so says nothing',
    async (command) => {
      const { stderr } = await desk.run(command, { confirmedAccounts: rememberAccounts([]) });

      expect(stderr).not.toContain(line);
    },
  );

  it('asks on a terminal the first time in an account, and not again', async () => {
    const connection = await desk.pending();
    const confirmedAccounts = rememberAccounts(['111122223333']);

    const first = await desk.run(['pause', connection], { answers: [true], confirmedAccounts });
    const second = await desk.run(['resume', connection], { answers: [], confirmedAccounts });

    expect(first).toMatchObject({ exitCode: 0, questions: [question] });
    expect(second.questions).toEqual([]);
  });

  it('changes nothing after a no, and asks again', async () => {
    const connection = await desk.pending();
    const confirmedAccounts = rememberAccounts([]);

    const refused = await desk.run(['pause', connection], { answers: [false], confirmedAccounts });
    const again = await desk.run(['pause', connection], { answers: [false], confirmedAccounts });

    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('Cancelled. Nothing was changed.');
    expect((await desk.row(connection)).status).toBe('pending');
    expect(again.questions).toEqual([question]);
  });

  it('does not ask with --yes, which is not remembered', async () => {
    const connection = await desk.pending();
    const confirmedAccounts = rememberAccounts([]);

    const { exitCode, questions } = await desk.run(['pause', connection, '--yes'], {
      answers: [],
      confirmedAccounts,
    });

    expect({ exitCode, questions }).toEqual({ exitCode: 0, questions: [] });
    expect(await confirmedAccounts.has(ACCOUNT)).toBe(false);
  });

  it('does not ask without a terminal', async () => {
    const connection = await desk.pending();

    const { exitCode } = await desk.run(['pause', connection], { confirmedAccounts: rememberAccounts([]) });

    expect(exitCode).toBe(0);
  });

  it('goes on when the account cannot be remembered, and says that it will ask again', async () => {
    const connection = await desk.pending();
    const confirmedAccounts = {
      has: () => Promise.resolve(false),
      add: () => Promise.resolve('/home/a/accounts.json cannot be written (EROFS)'),
    };

    const { exitCode, stderr } = await desk.run(['pause', connection], {
      answers: [true],
      confirmedAccounts,
    });

    expect(exitCode).toBe(0);
    expect(stderr).toContain('You will be asked again: /home/a/accounts.json cannot be written (EROFS).');
  });

  it('is asked about nothing when the name of the connection is not valid', async () => {
    const { exitCode, questions } = await desk.run('pause ä', {
      answers: [],
      confirmedAccounts: rememberAccounts([]),
    });

    expect({ exitCode, questions }).toEqual({ exitCode: 2, questions: [] });
  });
});
