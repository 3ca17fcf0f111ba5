import { describe, expect, it } from 'vitest';
import { documentedCommands, OPERATOR_COMMANDS, readOperatorPolicy } from '../support/operator-policy.ts';

const { Statement } = readOperatorPolicy();

/** What no command of the AWS CLI stands for: the runbooks' queries in the console, and the key behind a secret. */
const BESIDES_COMMANDS = [
  'logs:StartQuery',
  'logs:GetQueryResults',
  'logs:StopQuery',
  'kms:GenerateDataKey',
  'kms:Decrypt',
];

describe("the operator's documented policy", () => {
  it.each([...documentedCommands()])('allows "aws %s", which README or a runbook has', (command) => {
    const { action, resource } = OPERATOR_COMMANDS[command] ?? {};

    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: expect.arrayContaining([action]),
        Resource: resource,
      }),
    );
  });

  it('allows nothing that no command and no runbook needs', () => {
    const needed = [...documentedCommands()].map((command) => OPERATOR_COMMANDS[command]?.action);

    const allowed = Statement.flatMap(({ Action }) => Action);

    expect(allowed.sort()).toEqual([...needed, ...BESIDES_COMMANDS].sort());
  });

  it('allows every resource only for what has none to name', () => {
    const unbounded = Statement.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);

    expect(unbounded).toEqual(['scheduler:ListSchedules', 'logs:GetQueryResults', 'logs:StopQuery']);
  });

  it('allows the key for credentials only, and through Secrets Manager only', () => {
    const ofTheKey = Statement.filter(({ Action }) => Action.some((action) => action.startsWith('kms:')));

    expect(ofTheKey.map(({ Condition }) => Condition)).toEqual([
      {
        StringEquals: { 'kms:ViaService': 'secretsmanager.REGION.amazonaws.com' },
        StringLike: {
          'kms:EncryptionContext:SecretARN': OPERATOR_COMMANDS['secretsmanager put-secret-value']?.resource,
        },
      },
    ]);
  });
});
