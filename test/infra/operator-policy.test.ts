import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  CLI_ACTIONS,
  documentedCommands,
  OPERATOR_COMMANDS,
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

    expect(ofTokens.flatMap(({ Action }) => Action)).toEqual(['secretsmanager:GetSecretValue']);
    expect(Statement.flatMap(({ Action }) => Action)).not.toContain(
      'secretsmanager:UpdateSecretVersionStage',
    );
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

  it('allows to invoke the alias for operators only', () => {
    const invoking = Statement.filter(({ Action }) => Action.includes('lambda:InvokeFunction'));

    expect(invoking.map(({ Resource }) => Resource)).toEqual([
      'arn:PARTITION:lambda:REGION:ACCOUNT:function:FUNCTION:operators',
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
    const ofTheKey = Statement.filter(({ Action }) => Action.some((action) => action.startsWith('kms:')));

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

  it('has what only adopt needs in statements of their own, which can be left out', () => {
    const occasional = Statement.filter(({ Sid }) => Sid.startsWith('OnlyTo'));
    const usual = Statement.filter(({ Sid }) => !Sid.startsWith('OnlyTo'));

    const text = JSON.stringify(usual);
    for (const placeholder of ['OLD_PREFIX', 'OLD_TABLE', 'OLD_KEY_ARN', 'RESTORED_TABLE', 'UpdateSecret']) {
      expect(text).not.toContain(placeholder);
      expect(JSON.stringify(occasional)).toContain(placeholder);
    }
  });

  it('fits into a managed policy, which may have 6,144 characters', () => {
    expect(JSON.stringify(readOperatorPolicy()).length).toBeLessThan(6_144);
  });
});
