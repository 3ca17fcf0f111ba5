import { describe, expect, it } from 'vitest';
import { CliError } from '../../../../cli/cli-error.ts';
import { requireOutage } from '../../../../cli/emergency/require-outage.ts';
import type { RefresherAnswer } from '../../../../cli/refresher/request-refresh.ts';
import type { Session } from '../../../../cli/session.ts';
import { translateAwsError } from '../../../../lambdas/adapters/aws-errors.ts';
import { InfrastructureError } from '../../../../lambdas/core/failures.ts';

const TABLE_DOWN = {
  outcome: 'failed',
  message: 'dynamodb:GetItem on t failed (InternalServerError).',
} as const;

function awsError(name: string, action = 'dynamodb:GetItem'): InfrastructureError {
  return translateAwsError(Object.assign(new Error('a text'), { name }), { action, resource: 't' });
}

/** Runs the check against a table and a refresher that answer like this. Returns what the user reads. */
async function check(
  readRow: () => unknown,
  refresh: () => Partial<RefresherAnswer> = () => TABLE_DOWN,
): Promise<string[]> {
  const lines: string[] = [];
  const session = {
    runtime: {
      terminal: {
        info: (line: string) => lines.push(line),
        withProgress: (_: string, work: () => unknown) => work(),
      },
    },
    deployment: async () => ({ tableName: 't' }),
    connections: async () => ({ read: async () => readRow() }),
    signal: () => new AbortController().signal,
    refresh: async () => refresh(),
  };
  await requireOutage(session as unknown as Session, 'crm-prod');
  return lines;
}

function fail(error: unknown): () => never {
  return () => {
    throw error;
  };
}

describe('a mint without the table', () => {
  it.each(['InternalServerError', 'TimeoutError', 'ResourceNotFoundException'])(
    'is possible if DynamoDB answers the operator with %s, and the refresher says so too',
    async (name) => {
      expect(await check(fail(awsError(name)))).toEqual([
        `the table t does not answer: ${name}`,
        `the refresher cannot help: ${TABLE_DOWN.message}`,
      ]);
    },
  );

  it.each([
    ['there is a row', () => ({})],
    ['there is no row', () => undefined],
    ['DynamoDB throttles', fail(awsError('ThrottlingException'))],
    ['the row is malformed', fail(new InfrastructureError({ code: 'malformed_row', message: 'bad' }))],
  ])('is refused if the table answers: %s', async (_, readRow) => {
    await expect(check(readRow)).rejects.toThrow('The table t answers, so a token is not minted without it.');
  });

  it.each(['AccessDeniedException', 'ExpiredTokenException', 'CredentialsProviderError'])(
    'is refused if the operator has no access: %s',
    async (name) => {
      const error = awsError(name);

      await expect(check(fail(error))).rejects.toBe(error);
    },
  );

  it.each(['refreshed', 'already-fresh', 'in-progress', 'throttled', 'blocked', 'failed'] as const)(
    'is refused if the refresher reaches the table: it answers "%s"',
    async (outcome) => {
      await expect(check(fail(awsError('TimeoutError')), () => ({ outcome }))).rejects.toThrow(
        `The refresher can use the table: it answers "${outcome}"`,
      );
    },
  );

  it('is refused if the operator may not ask the refresher', async () => {
    const denied = awsError('AccessDeniedException', 'lambda:InvokeFunction');

    await expect(check(fail(awsError('TimeoutError')), fail(denied))).rejects.toBe(denied);
  });

  it('is possible if the refresher fails or cannot be reached', async () => {
    const outage = fail(awsError('TimeoutError'));

    expect(await check(outage, fail(new CliError('The refresher function f failed.')))).toContain(
      'the refresher cannot help: The refresher function f failed.',
    );
    expect(await check(outage, fail(awsError('TimeoutError', 'lambda:InvokeFunction')))).toContain(
      'the refresher cannot help: lambda:InvokeFunction on t got no answer in time (TimeoutError).',
    );
    await expect(check(outage, fail(new TypeError('a bug')))).rejects.toThrow(TypeError);
  });
});
