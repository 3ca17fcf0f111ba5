import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TESTED_ALARMS } from '../../cli/cloudwatch/notification-test.ts';
import {
  ADMINISTRATOR_COMMANDS,
  CLI_ACTIONS,
  documentedCommands,
  OPERATOR_COMMANDS,
  readFleetPolicy,
  readOperatorPolicy,
} from '../support/operator-policy.ts';

const { Statement } = readOperatorPolicy();

/** Actions without a command of the AWS CLI: the runbooks' queries in the console, and the key of the secrets. */
const BESIDES_COMMANDS = [
  'logs:StartQuery',
  'logs:GetQueryResults',
  'logs:StopQuery',
  'kms:GenerateDataKey',
  'kms:Encrypt',
  'kms:Decrypt',
];

describe('the policy for an outage of the table', () => {
  const document = readFileSync(new URL('../../docs/break-glass-policy.json', import.meta.url), 'utf8');
  const { Statement: statements } = JSON.parse(document) as ReturnType<typeof readOperatorPolicy>;

  it('adds publishing a token to what operators may do, and nothing else', () => {
    expect(statements).toEqual([
      {
        Sid: expect.any(String),
        Effect: 'Allow',
        Action: ['secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
        Resource: 'arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:PREFIX/*/access-token-??????',
      },
    ]);
  });

  it('is needed: operators cannot publish otherwise', () => {
    const ofTokens = Statement.filter(({ Resource }) => Resource.includes('access-token'));

    expect(ofTokens.flatMap(({ Action }) => Action)).toEqual([
      'secretsmanager:GetSecretValue',
      'secretsmanager:DeleteSecret',
    ]);
    const moving = Statement.filter(({ Action }) =>
      Action.includes('secretsmanager:UpdateSecretVersionStage'),
    );
    expect(moving.map(({ Resource }) => Resource.split('/').at(-1))).toEqual([
      'credentials-??????',
      'client-??????',
    ]);
  });
});

describe('the documented policy for operators', () => {
  it.each([...documentedCommands()])('allows "aws %s", which README or a runbook uses', (command) => {
    const { action, resource } = OPERATOR_COMMANDS[command] ?? {};

    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: expect.arrayContaining([action]),
        Resource: resource,
      }),
    );
  });

  it.each(Object.entries(ADMINISTRATOR_COMMANDS))(
    'does not allow "aws %s", which is for an administrator',
    (_, action) => {
      expect(Statement.flatMap(({ Action }) => Action)).not.toContain(action);
    },
  );

  it('does not allow to copy the table of credentials of a fleet, nor does the one of a fleet, which allows to list its names', () => {
    const ofTables = [...Statement, ...readFleetPolicy().Statement].filter(
      ({ Resource, Sid }) =>
        /(?:CREDENTIALS|TOKENS)_TABLE$|^\*$|table\/\*/.test(Resource) && !Sid.startsWith('LookAtTheNamesOf'),
    );

    const allowed = ofTables.flatMap(({ Action }) => Action);
    expect(allowed).toContain('dynamodb:PutItem');
    for (const action of ['dynamodb:ListTables', 'dynamodb:Scan', 'dynamodb:Query'])
      expect(allowed).not.toContain(action);
  });

  it('allows only what commands and runbooks need', () => {
    const needed = [...documentedCommands()].map((command) => OPERATOR_COMMANDS[command]?.action);

    const allowed = new Set(Statement.flatMap(({ Action }) => Action));

    expect([...allowed].sort()).toEqual(
      [...new Set([...needed, ...BESIDES_COMMANDS, ...CLI_ACTIONS])].sort(),
    );
  });

  it('has wildcard resources only for read actions that support no other', () => {
    const unbounded = Statement.filter(({ Resource }) => Resource === '*');

    expect(unbounded.map(({ Sid }) => Sid)).toEqual(['LookAtWhatHasNoResourceToName']);
    expect(unbounded.flatMap(({ Action }) => Action)).toEqual([
      'cloudwatch:GetMetricData',
      'cloudwatch:DescribeAlarms',
      'cloudtrail:LookupEvents',
      'logs:GetQueryResults',
      'logs:StopQuery',
      'iam:ListRoles',
      'iam:ListUsers',
      'iam:SimulatePrincipalPolicy',
      'secretsmanager:ListSecrets',
    ]);
  });

  it('allows to invoke the aliases for operators only', () => {
    const invoking = Statement.filter(({ Action }) => Action.includes('lambda:InvokeFunction'));

    expect(invoking.map(({ Resource }) => Resource)).toEqual([
      'arn:PARTITION:lambda:REGION:ACCOUNT:function:FUNCTION:operators',
      'arn:PARTITION:lambda:REGION:ACCOUNT:function:CONSENT_API:callers',
    ]);
  });

  it('has only read actions in statements that begin with Look, and none that read secrets', () => {
    const looking = Statement.filter(({ Sid }) => Sid.startsWith('Look')).flatMap(({ Action }) => Action);

    const verbs = looking.map(
      (action) =>
        /^\w+:(Describe|Get|List|Scan|Query|FilterLogEvents|LookupEvents|Start|Stop|Simulate)/.exec(
          action,
        )?.[1],
    );
    expect(verbs).not.toContain(undefined);
    expect(looking).not.toContain('secretsmanager:GetSecretValue');
  });

  it('allows the key for secrets of connections only, through Secrets Manager only', () => {
    const ofTheKey = Statement.filter(({ Action }) =>
      Action.some((action) => action.startsWith('kms:') && action !== 'kms:DescribeKey'),
    );

    const secretsOf = (prefix: string) => `arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:${prefix}/*`;
    const conditionFor = (secrets: string | string[]) => ({
      StringEquals: { 'kms:ViaService': 'secretsmanager.REGION.URL_SUFFIX' },
      StringLike: { 'kms:EncryptionContext:SecretARN': secrets },
    });
    expect(ofTheKey.map(({ Resource, Action, Condition }) => [Resource, Action, Condition])).toEqual([
      ['KEY_ARN', ['kms:GenerateDataKey', 'kms:Encrypt', 'kms:Decrypt'], conditionFor(secretsOf('PREFIX'))],
      ['OLD_KEY_ARN', ['kms:Decrypt'], conditionFor([secretsOf('PREFIX'), secretsOf('OLD_PREFIX')])],
    ]);
  });

  it('deletes credentials and clients only with time to restore them', () => {
    const deleting = Statement.filter(
      ({ Sid, Action }) => Action.includes('secretsmanager:DeleteSecret') && !Sid.startsWith('OnlyTo'),
    );

    expect(deleting.map(({ Resource, Condition }) => [Resource.split('/').at(-1), Condition])).toEqual([
      ['access-token-??????', undefined],
      ['c*-??????', { BoolIfExists: { 'secretsmanager:ForceDeleteWithoutRecovery': 'false' } }],
    ]);
  });

  it('sets the state of the two alarms only that a test of the notifications sets off', () => {
    const setting = Statement.filter(({ Action }) => Action.includes('cloudwatch:SetAlarmState'));

    expect(setting.map(({ Resource }) => Resource.split(':').at(-1))).toEqual(
      Object.values(TESTED_ALARMS).map((alarm) => `ALARM_PREFIX${alarm}`),
    );
  });

  it('reads the log of the refresher and no other: a name of a stack may begin with that of another', () => {
    const ofLogs = Statement.filter(
      ({ Action, Resource }) => Action.some((action) => action.startsWith('logs:')) && Resource !== '*',
    );

    expect(ofLogs.map(({ Resource }) => Resource)).toEqual([
      'arn:PARTITION:logs:REGION:ACCOUNT:log-group:LOG_GROUP:*',
    ]);
  });

  it('has what only adopt and destroy need in statements of their own, which can be left out', () => {
    const occasional = Statement.filter(({ Sid }) => Sid.startsWith('OnlyTo'));
    const usual = Statement.filter(({ Sid }) => !Sid.startsWith('OnlyTo'));

    const text = JSON.stringify(usual);
    for (const placeholder of ['OLD_PREFIX', 'OLD_TABLE', 'OLD_KEY_ARN', 'RESTORED_TABLE', 'UpdateSecret"']) {
      expect(text).not.toContain(placeholder);
      expect(JSON.stringify(occasional)).toContain(placeholder);
    }
  });

  it('fits into a managed policy, which may have 6,144 characters', () => {
    expect(JSON.stringify(readOperatorPolicy()).length).toBeLessThan(6_144);
  });
});

/** Values such as a deployment's, none of which looks like a placeholder. */
const ADDRESS = {
  function: 'arn:aws:lambda:eu-west-1:111122223333:function:Stack-Refresher',
  deployment: '{"stack":"Stack","version":"0.3.0"}',
  key: 'arn:aws:kms:eu-west-1:111122223333:key/1',
  'page-topic': 'arn:aws:sns:eu-west-1:111122223333:page',
  'ticket-topic': 'arn:aws:sns:eu-west-1:111122223333:ticket',
  'alarm-topic': 'arn:aws:sns:eu-west-1:111122223333:alarm',
  table: 'Connections',
  schedule: 'EveryMinute',
  'consent-target': 'arn:aws:lambda:eu-west-1:111122223333:function:Stack-ConsentApi:callers',
  queue: 'https://sqs.eu-west-1.amazonaws.com/111122223333/Undelivered',
};

describe.each([
  ['zoho', 'Stack-'],
  ['team-a', 'Stack/team-a/'],
])('the commands that fill in the policy, for the deployment %s', (deployment, ALARM_PREFIX) => {
  const filled = fillIn(deployment);

  it('replace every placeholder but those of an earlier deployment', () => {
    expect(filled).toEqual(
      readOperatorPolicy({
        ...{ PARTITION: 'aws', URL_SUFFIX: 'amazonaws.com', REGION: 'eu-west-1', ACCOUNT: '111122223333' },
        ...{ PREFIX: deployment, ALARM_PREFIX, LOG_GROUP: '/the/log', TABLE: ADDRESS.table },
        ...{
          FUNCTION: 'Stack-Refresher',
          CONSENT_API: 'Stack-ConsentApi',
          SCHEDULE: ADDRESS.schedule,
          QUEUE: 'Undelivered',
        },
        KEY_ARN: ADDRESS.key,
        PAGE_TOPIC_ARN: ADDRESS['page-topic'],
        TICKET_TOPIC_ARN: ADDRESS['ticket-topic'],
        ALARM_TOPIC_ARN: ADDRESS['alarm-topic'],
      }),
    );
    const left = JSON.stringify(filled).match(/\b[A-Z]+_?[A-Z]{3,}(?:_[A-Z]+)?\b/g) ?? [];
    expect(new Set(left)).toEqual(new Set(['OLD_PREFIX', 'OLD_TABLE', 'OLD_KEY_ARN', 'RESTORED_TABLE']));
  });
});

/** Runs the commands of the runbooks in a shell. */
function fillIn(deployment: string): unknown {
  const guide = readFileSync(new URL('../../docs/runbooks/README.md', import.meta.url), 'utf8');
  const commands = /```bash\n(IFS=:[\s\S]+?)```/.exec(guide)?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'operator-policy-'));
  const parameters = Object.entries(ADDRESS).map(([name, value]) => `${name}) echo '${value}';;`);
  const stubs = `deployment=${deployment}; address() { case "$1" in ${parameters.join(' ')} esac; }; aws() { echo /the/log; };`;
  try {
    const policy = new URL('../../docs/operator-policy.json', import.meta.url);
    const script = commands.replace('docs/operator-policy.json', fileURLToPath(policy));
    execFileSync('bash', ['-euc', `${stubs}\n${script}`], { cwd: folder });
    return JSON.parse(readFileSync(join(folder, 'operator-policy.json'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
