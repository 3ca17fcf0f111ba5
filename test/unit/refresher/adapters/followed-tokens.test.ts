import { type GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test, vi } from 'vitest';
import { createFollowedTokens } from '../../../../lambdas/refresher/adapters/followed-tokens.ts';
import { accessToken, accessTokenSecret } from '../../../support/builders.ts';

const { signal } = new AbortController();

function read(answer: { SecretString?: string } | Error) {
  const client = new SecretsManagerClient({ region: 'eu-west-1' });
  const send = vi.spyOn(client, 'send').mockImplementation(() => {
    if (answer instanceof Error) throw answer;
    return Promise.resolve(answer);
  });
  return { send, result: createFollowedTokens(client).read('old', 'crm-prod', signal) };
}

const awsError = (name: string, message = '') => Object.assign(new Error(message), { name });

describe('the token secret of the followed deployment', () => {
  test('is read as a consumer reads it', async () => {
    const { send, result } = read({ SecretString: accessTokenSecret() });

    expect(await result).toMatchObject({ ok: true, token: { generation: accessToken().generation } });
    const [command, options] = send.mock.calls[0] ?? [];
    expect((command as GetSecretValueCommand).input).toEqual({
      SecretId: 'old/crm-prod/access-token',
      VersionStage: 'AWSCURRENT',
    });
    expect(options).toEqual({ abortSignal: signal });
  });

  test('may hold no token', async () => {
    expect(await read({ SecretString: 'x' }).result).toMatchObject({
      ok: false,
      problems: [expect.any(String)],
    });
    expect(await read({}).result).toEqual({ ok: false, problems: ['it is not a JSON object'] });
  });

  test('may be empty', async () => {
    const empty = awsError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value",
    );

    expect(await read(empty).result).toEqual({ ok: false, problems: 'empty' });
  });

  test('that cannot be read is an error of AWS', async () => {
    await expect(read(awsError('AccessDeniedException')).result).rejects.toMatchObject({
      code: 'aws_access_denied',
      call: { action: 'secretsmanager:GetSecretValue', resource: 'old/crm-prod/access-token' },
    });
  });
});
