import { type GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test, vi } from 'vitest';
import { createCredentialsSecrets } from '../../../lambdas/adapters/credentials-secrets.ts';
import { readLastPublished } from '../../../lambdas/adapters/last-published.ts';
import { createPublishedTokenReader } from '../../../lambdas/adapters/published-token.ts';
import { accessToken, accessTokenSecret } from '../../support/builders.ts';

type Answer = { VersionId?: string; SecretString?: string } | Error;

const { signal } = new AbortController();
const EMPTY = awsError(
  'ResourceNotFoundException',
  "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
);
const ABSENT = awsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");

function awsError(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

/** Secrets Manager with an answer for each stage. */
function secretsWith(stages: { readonly AWSCURRENT: Answer; readonly AWSPREVIOUS?: Answer }) {
  const client = new SecretsManagerClient({ region: 'eu-west-1' });
  const send = vi.spyOn(client, 'send').mockImplementation((command) => {
    const stage = (command as GetSecretValueCommand).input.VersionStage as keyof typeof stages;
    const answer = stages[stage] ?? EMPTY;
    if (answer instanceof Error) throw answer;
    return Promise.resolve(answer);
  });
  return {
    client,
    sent: () => send.mock.calls.map(([command]) => (command as GetSecretValueCommand).input),
    options: () => send.mock.calls.map(([, options]) => options),
  };
}

describe('the credentials', () => {
  const read = (answer: Answer) => {
    const { client, ...calls } = secretsWith({ AWSCURRENT: answer });
    return { ...calls, stored: createCredentialsSecrets(client, 'team').read('crm-prod', signal) };
  };

  test('are the current text, with its version', async () => {
    const { stored, sent, options } = read({ VersionId: 'v', SecretString: 'text' });

    const found = await stored;

    expect(found).toMatchObject({ kind: 'found', versionId: 'v' });
    expect(found.kind === 'found' && found.text.reveal()).toBe('text');
    expect(sent()).toEqual([{ SecretId: 'team/crm-prod/credentials', VersionStage: 'AWSCURRENT' }]);
    expect(options()).toEqual([{ abortSignal: signal }]);
  });

  test('of a binary secret are an empty text', async () => {
    const found = await read({}).stored;

    expect(found).toMatchObject({ kind: 'found', versionId: '' });
    expect(found.kind === 'found' && found.text.reveal()).toBe('');
  });

  test('are empty if the secret has no value, which is not the same as no secret', async () => {
    expect(await read(EMPTY).stored).toEqual({ kind: 'empty' });
    await expect(read(ABSENT).stored).rejects.toMatchObject({
      code: 'aws_not_found',
      call: { action: 'secretsmanager:GetSecretValue', resource: 'team/crm-prod/credentials' },
    });
  });

  test('are not empty because another error speaks of a secret value', async () => {
    await expect(read(awsError('AccessDeniedException', EMPTY.message)).stored).rejects.toMatchObject({
      code: 'aws_access_denied',
    });
  });
});

describe('what was published last', () => {
  const last = (AWSCURRENT: Answer, AWSPREVIOUS?: Answer) => {
    const { client, ...calls } = secretsWith({ AWSCURRENT, ...(AWSPREVIOUS && { AWSPREVIOUS }) });
    const secret = { name: 'crm-prod', secretName: 'zoho/crm-prod/access-token', signal };
    return { ...calls, published: readLastPublished(client, secret) };
  };
  const eight = { VersionId: 'v8', SecretString: accessTokenSecret() };

  test('is the current token, with its version and generation', async () => {
    const { published, sent, options } = last(eight);

    expect(await published).toMatchObject({ versionId: 'v8', generation: 8, token: { generation: 8 } });
    expect(sent()).toEqual([{ SecretId: 'zoho/crm-prod/access-token', VersionStage: 'AWSCURRENT' }]);
    expect(options()).toEqual([{ abortSignal: signal }]);
  });

  test('has the generation of the version before a text that no refresher wrote', async () => {
    const { published, sent } = last({ VersionId: 'edited', SecretString: 'by hand' }, eight);

    expect(await published).toEqual({ versionId: 'edited', generation: 8, token: undefined });
    expect(sent().map(({ VersionStage }) => VersionStage)).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  test('is unknown if there is only a binary value', async () => {
    expect(await last({ VersionId: 'binary' }).published).toEqual({
      versionId: 'binary',
      generation: 0,
      token: undefined,
    });
  });

  test('is nothing while the secret is empty, and no other version is read', async () => {
    const { published, sent } = last(EMPTY, eight);

    expect(await published).toEqual({ versionId: undefined, generation: 0, token: undefined });
    expect(sent()).toHaveLength(1);
  });

  test.each([
    ['does not exist', ABSENT],
    ['is denied, as IAM does if it does not exist', awsError('AccessDeniedException')],
    ['is being deleted', awsError('InvalidRequestException', 'scheduled for deletion')],
  ])('is undefined if the secret %s', async (_, error) => {
    expect(await last(error).published).toBeUndefined();
  });

  test.each([
    [
      'the key is denied',
      awsError('AccessDeniedException', 'Access to KMS is not allowed'),
      'aws_kms_denied',
    ],
    ['AWS fails', awsError('InternalServiceError'), 'aws_unavailable'],
  ])('cannot be said if %s', async (_, error, code) => {
    await expect(last(error).published).rejects.toMatchObject({
      code,
      call: { action: 'secretsmanager:GetSecretValue', resource: 'zoho/crm-prod/access-token' },
    });
  });
});

describe('the published token', () => {
  const read = (answer: Answer, abortSignal?: AbortSignal) => {
    const { client, ...calls } = secretsWith({ AWSCURRENT: answer });
    return { ...calls, token: createPublishedTokenReader(client, 'zoho/a/access-token')(abortSignal) };
  };

  test('is the current one', async () => {
    const { token, sent, options } = read({ SecretString: accessTokenSecret() }, signal);

    expect(await token).toEqual({ ok: true, token: accessToken() });
    expect(sent()).toEqual([{ SecretId: 'zoho/a/access-token', VersionStage: 'AWSCURRENT' }]);
    expect(options()).toEqual([{ abortSignal: signal }]);
  });

  test('is read without a signal if none is given', async () => {
    const { token, options } = read({});

    expect(await token).toEqual({ ok: false, problems: ['it is not a JSON object'] });
    expect(options()).toEqual([undefined]);
  });

  test('has no middleware if no one needs the time of AWS', async () => {
    let middlewares: string[] | undefined;
    const client = {
      send: (command: GetSecretValueCommand) => {
        middlewares = command.middlewareStack.identify();
        return Promise.resolve({});
      },
    };

    await createPublishedTokenReader(client, 'a')();

    expect(middlewares).toEqual([]);
  });

  test('is empty, or an error of the SDK, which callers explain in their way', async () => {
    expect(await read(EMPTY).token).toEqual({ ok: false, problems: 'empty' });
    await expect(read(ABSENT).token).rejects.toBe(ABSENT);
  });

  test('tells the time of AWS, by a middleware of the command', async () => {
    const corrected: unknown[][] = [];
    const dates = {
      elapsed: () => 5,
      correct: (...args: unknown[]) => void corrected.push(args),
    };
    let given: GetSecretValueCommand | undefined;
    const client = {
      send: (command: GetSecretValueCommand) => {
        given = command;
        return Promise.resolve({ SecretString: accessTokenSecret() });
      },
    };
    await createPublishedTokenReader(client, 'a', dates)();

    const answer = async (response: object) => {
      const answered = () => Promise.resolve({ response, output: { $metadata: {} } });
      const stack = given?.middlewareStack;
      return await stack?.resolve(answered as never, {} as never)({ input: {} } as never);
    };
    expect(await answer({ headers: { date: 'today' } })).toMatchObject({
      response: { headers: { date: 'today' } },
    });
    await answer({});

    expect(corrected).toEqual([
      ['today', 5],
      [undefined, 5],
    ]);
    expect(given?.middlewareStack.identify().join()).toContain('deserialize');
  });
});
