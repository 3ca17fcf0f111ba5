import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test, vi } from 'vitest';
import type { Pauses } from '../../../lambdas/adapters/persist.ts';
import { MOST_TRIES } from '../../../lambdas/adapters/persist.ts';
import { createTokenSecrets, publishOnlyFrom, versionIdOf } from '../../../lambdas/adapters/token-secrets.ts';
import { serializeAccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import { accessToken, accessTokenSecret } from '../../support/builders.ts';

const SECRET = 'zoho/crm-prod/access-token';
const TOKEN = accessToken({ generation: 8 });
const OURS = versionIdOf('crm-prod', 8);
const { signal } = new AbortController();

const awsError = (name: string, message = '') => Object.assign(new Error(message), { name });
const REFUSED = awsError('InvalidParameterException');
const DENIED = awsError('AccessDeniedException');
const EMPTY = awsError('ResourceNotFoundException', "can't find the specified secret value");
const of = (generation: number) => ({
  VersionId: versionIdOf('crm-prod', generation),
  SecretString: accessTokenSecret({ generation }),
});
const STORED = { VersionStages: ['CANDIDATE'] };

type Answer = object | Error;

/** Secrets Manager with these answers, one after the other. */
function secretsThatAnswer(answers: Answer[], pauses?: Pauses) {
  const client = new SecretsManagerClient({ region: 'eu-west-1' });
  const send = vi.spyOn(client, 'send').mockImplementation(() => {
    const answer = answers.shift();
    if (answer === undefined) throw new Error('One call too many.');
    if (answer instanceof Error) throw answer;
    return Promise.resolve(answer);
  });
  return {
    client,
    tokens: createTokenSecrets(client, 'zoho', pauses),
    calls: () => send.mock.calls.map(([command]) => command.constructor.name.replace('Command', '')),
    inputs: () => send.mock.calls.map(([command]) => command.input),
    options: () => send.mock.calls.map(([, options]) => options),
  };
}

async function publish(from: string | undefined, ...answers: Answer[]) {
  return await publishWith(undefined, from, answers);
}

/** As the refresher does, without the time that the pauses take. */
async function publishPatiently(from: string | undefined, ...answers: Answer[]) {
  return await publishWith(
    { clock: { abortAfter: () => AbortSignal.abort() }, random: () => 0 },
    from,
    answers,
  );
}

async function publishWith(pauses: Pauses | undefined, from: string | undefined, answers: Answer[]) {
  const { tokens, calls, inputs, options } = secretsThatAnswer(answers, pauses);
  const result = await tokens.publish(TOKEN, from, signal).catch((error: unknown) => ({ error }));
  expect(options()).toEqual(calls().map(() => ({ abortSignal: signal })));
  return { result, calls: calls(), inputs: inputs() };
}

const PUBLISHED = { kind: 'published', versionId: OURS };
const PUT = 'PutSecretValue';
const MOVE = 'UpdateSecretVersionStage';
const READ = 'GetSecretValue';

describe('a publish', () => {
  test('stores a candidate, and moves AWSCURRENT to it from the version of the row', async () => {
    const { result, inputs, calls } = await publish('from', STORED, {});

    expect(result).toEqual(PUBLISHED);
    expect(calls).toEqual([PUT, MOVE]);
    expect(inputs).toEqual([
      {
        SecretId: SECRET,
        ClientRequestToken: OURS,
        SecretString: serializeAccessToken(TOKEN),
        VersionStages: ['CANDIDATE'],
      },
      { SecretId: SECRET, VersionStage: 'AWSCURRENT', MoveToVersionId: OURS, RemoveFromVersionId: 'from' },
    ]);
  });

  test('needs one call for the first version, which is current', async () => {
    expect(await publish('from', { VersionStages: ['AWSCURRENT', 'CANDIDATE'] })).toMatchObject({
      result: PUBLISHED,
      calls: [PUT],
    });
  });

  test('does not rely on the stages in the answer', async () => {
    expect(await publish('from', {}, {})).toMatchObject({ result: PUBLISHED, calls: [PUT, MOVE] });
  });

  test('looks AWSCURRENT up if the row does not know its version', async () => {
    const { result, calls, inputs } = await publish(undefined, STORED, of(3), {});

    expect({ result, calls }).toEqual({ result: PUBLISHED, calls: [PUT, READ, MOVE] });
    expect(inputs.slice(1)).toEqual([
      { SecretId: SECRET, VersionStage: 'AWSCURRENT' },
      {
        SecretId: SECRET,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: OURS,
        RemoveFromVersionId: versionIdOf('crm-prod', 3),
      },
    ]);
  });

  test.each<[string, Answer]>([
    ['is empty', EMPTY],
    ['has no version', {}],
  ])('moves AWSCURRENT from nothing if the secret %s', async (_, current) => {
    const { result, inputs } = await publish(undefined, STORED, current, {});

    expect(result).toEqual(PUBLISHED);
    expect(inputs.at(-1)).toMatchObject({ RemoveFromVersionId: undefined });
  });

  test('looks AWSCURRENT up if it is not where the row says', async () => {
    expect(await publish('from', STORED, REFUSED, of(7), {})).toMatchObject({
      result: PUBLISHED,
      calls: [PUT, MOVE, READ, MOVE],
    });
  });

  test('replaces a text that no refresher wrote, and a binary value', async () => {
    expect(
      await publish('from', STORED, REFUSED, { VersionId: 'x', SecretString: 'by hand' }, {}),
    ).toMatchObject({
      result: PUBLISHED,
    });
    expect(await publish('from', STORED, REFUSED, { VersionId: 'x' }, {})).toMatchObject({
      result: PUBLISHED,
    });
  });

  test('was made if AWSCURRENT is there already: the answer to the first move was lost', async () => {
    expect(await publish('from', STORED, REFUSED, of(8))).toMatchObject({ result: PUBLISHED });
  });

  test.each([8, 9])('is superseded by another token of generation %i', async (generation) => {
    const other = { ...of(generation), VersionId: 'other' };

    expect(await publish('from', STORED, REFUSED, other)).toMatchObject({
      result: { kind: 'superseded', generationFound: generation },
    });
  });

  test('gives up if AWSCURRENT moves three times', async () => {
    const moving = [of(5), REFUSED, of(6), REFUSED, of(7), REFUSED];

    expect(await publish('from', STORED, REFUSED, ...moving)).toMatchObject({
      calls: [PUT, MOVE, READ, MOVE, READ, MOVE, READ, MOVE],
      result: {
        error: {
          code: 'aws_unavailable',
          message: `AWSCURRENT of ${SECRET} kept moving: something else writes this secret. Find it in CloudTrail (PutSecretValue).`,
        },
      },
    });
  });

  test.each<[string, string, Answer[]]>([
    ['a move', MOVE, [STORED, DENIED]],
    ['a read of AWSCURRENT', READ, [STORED, REFUSED, DENIED]],
  ])('is an error of AWS if %s fails', async (_, operation, answers) => {
    expect(await publish('from', ...answers)).toMatchObject({
      result: {
        error: {
          code: 'aws_access_denied',
          call: { action: `secretsmanager:${operation}`, resource: SECRET },
        },
      },
    });
  });
});

describe('a put', () => {
  test.each([
    ['of a higher generation', of(9), 9],
    ['of this generation', of(8), 8],
    ['of a lower one, which someone has edited', of(3), 1_008],
    ['that no refresher wrote', { VersionId: 'x', SecretString: 'by hand' }, 1_008],
    ['that is empty', EMPTY, 1_008],
  ])(
    'of a generation that another token has is superseded by the current one: %s',
    async (_, current, generationFound) => {
      expect(await publish('from', awsError('ResourceExistsException'), current)).toMatchObject({
        calls: [PUT, READ],
        result: { kind: 'superseded', generationFound },
      });
    },
  );

  test('that is refused stored nothing, and is not verified', async () => {
    expect(await publish('from', DENIED)).toMatchObject({
      calls: [PUT],
      result: {
        kind: 'not-stored',
        error: { code: 'aws_access_denied', call: { action: `secretsmanager:${PUT}`, resource: SECRET } },
      },
    });
  });

  const timeout = awsError('TimeoutError');

  test('without an answer is verified by its version', async () => {
    const { result, calls, inputs } = await publish('from', timeout, of(8), {});

    expect({ result, calls }).toEqual({ result: PUBLISHED, calls: [PUT, READ, MOVE] });
    expect(inputs[1]).toEqual({ SecretId: SECRET, VersionId: OURS });
  });

  test('without an answer is superseded if its version is another token', async () => {
    expect(await publish('from', timeout, { SecretString: 'other' }, of(9))).toMatchObject({
      calls: [PUT, READ, READ],
      result: { kind: 'superseded', generationFound: 9 },
    });
  });

  test('without an answer and without a version stored nothing', async () => {
    expect(await publish('from', timeout, EMPTY)).toMatchObject({
      result: { kind: 'not-stored', error: { code: 'aws_unavailable' } },
    });
  });

  test('that cannot be verified may have stored a version: the first error is thrown', async () => {
    expect(await publish('from', timeout, DENIED)).toMatchObject({
      result: { error: { code: 'aws_unavailable', call: { action: `secretsmanager:${PUT}` } } },
    });
  });
});

describe('a publish without a lease', () => {
  async function publishFrom(fromVersionId: string | undefined, ...answers: Answer[]) {
    const { client, calls, inputs } = secretsThatAnswer(answers);
    const given = { token: TOKEN, fromVersionId, signal };
    const result = await publishOnlyFrom(client, 'zoho', given).catch((error: unknown) => ({ error }));
    return { result, calls: calls(), inputs: inputs() };
  }

  test('moves AWSCURRENT from the version that the writer saw', async () => {
    const { result, calls, inputs } = await publishFrom('seen', STORED, {});

    expect({ result, calls }).toEqual({ result: PUBLISHED, calls: [PUT, MOVE] });
    expect(inputs[1]).toMatchObject({ MoveToVersionId: OURS, RemoveFromVersionId: 'seen' });
  });

  test('does so as well if the answer to the put was lost', async () => {
    expect(await publishFrom('seen', awsError('TimeoutError'), of(8), {})).toMatchObject({
      result: PUBLISHED,
      calls: [PUT, READ, MOVE],
    });
  });

  test('needs one call for the first version', async () => {
    expect(await publishFrom(undefined, { VersionStages: ['AWSCURRENT'] })).toMatchObject({
      result: PUBLISHED,
      calls: [PUT],
    });
  });

  test('was made if AWSCURRENT is there already', async () => {
    expect(await publishFrom('seen', STORED, REFUSED, of(8))).toMatchObject({ result: PUBLISHED });
  });

  test.each<[string, string | undefined, Answer[], string[], number]>([
    ['a token of a lower generation', 'seen', [STORED, REFUSED, of(3)], [PUT, MOVE, READ], 3],
    ['a token in a secret that was empty', undefined, [STORED, of(3)], [PUT, READ], 3],
    ['nothing that can be read', 'seen', [STORED, REFUSED, EMPTY], [PUT, MOVE, READ], 8],
    ['another of its generation', 'seen', [awsError('ResourceExistsException'), of(8)], [PUT, READ], 8],
  ])('never replaces what was published since: %s', async (_, from, answers, calls, generationFound) => {
    expect(await publishFrom(from, ...answers)).toMatchObject({
      calls,
      result: { kind: 'superseded', generationFound },
    });
  });

  test('says that nothing was stored', async () => {
    expect(await publishFrom('seen', DENIED)).toMatchObject({
      calls: [PUT],
      result: { kind: 'not-stored', error: { code: 'aws_access_denied' } },
    });
  });
});

test('what was published last is read from the secret of the connection', async () => {
  const { tokens, inputs, options } = secretsThatAnswer([of(8)]);

  expect(await tokens.lastPublished('crm-prod', signal)).toMatchObject({ generation: 8 });
  expect(inputs()).toEqual([{ SecretId: SECRET, VersionStage: 'AWSCURRENT' }]);
  expect(options()).toEqual([{ abortSignal: signal }]);
});

test('the version of a generation is a hash that Secrets Manager accepts, of connection and generation', () => {
  expect(versionIdOf('crm-prod', 8)).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set([OURS, versionIdOf('crm-prod', 9), versionIdOf('desk', 8)]).size).toBe(3);
  expect(versionIdOf('crm-prod', 8)).toBe(OURS);
});

describe('a publish of a token that Zoho has counted', () => {
  const THROTTLED = awsError('ThrottlingException');
  const DOWN = awsError('InternalServiceError');
  const NOT_STORED = awsError('ResourceNotFoundException', "can't find the specified secret value");

  test('is continued while Secrets Manager throttles', async () => {
    expect(await publishPatiently('from', THROTTLED, THROTTLED, STORED, THROTTLED, {})).toMatchObject({
      result: PUBLISHED,
      calls: [PUT, PUT, PUT, MOVE, MOVE],
    });
  });

  test('stores no second version although the answer to the put was lost', async () => {
    const stored = { SecretString: serializeAccessToken(TOKEN) };

    expect(await publishPatiently('from', DOWN, stored, {})).toMatchObject({
      result: PUBLISHED,
      calls: [PUT, READ, MOVE],
    });
  });

  test('moves AWSCURRENT once although the answer to the move was lost', async () => {
    expect(await publishPatiently('from', STORED, DOWN, REFUSED, of(8))).toMatchObject({
      result: PUBLISHED,
      calls: [PUT, MOVE, MOVE, READ],
    });
  });

  test('was certainly not stored if each of the puts was refused', async () => {
    const refused = Array.from({ length: MOST_TRIES }, () => THROTTLED);
    const { result, calls } = await publishPatiently('from', ...refused);

    expect(result).toMatchObject({ kind: 'not-stored', error: { code: 'aws_throttled' } });
    expect(calls).toHaveLength(MOST_TRIES);
  });

  test('may have been stored if one of the puts has no known end', async () => {
    const refused = Array.from({ length: MOST_TRIES - 1 }, () => THROTTLED);

    expect((await publishPatiently('from', DOWN, DOWN, ...refused)).result).toMatchObject({
      error: { code: 'aws_throttled' },
    });
    expect((await publishPatiently('from', DOWN, NOT_STORED, ...refused)).result).toMatchObject({
      kind: 'not-stored',
    });
  });
});
