import { expect } from 'vitest';
import type { PublishResult } from '../../../lambdas/core/ports.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { serializeAccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import { type SecretRecord, secretText, stagesOf } from '../../../sandbox/aws/secret-record.ts';
import { accessToken } from '../../support/builders.ts';
import { CODE_OF_FAULT, endOf, failureCodeOf, never } from './calls.ts';
import { type AwsFault, fact, type PortFact, type PortsUnderTest } from './contract.ts';

const NO_VERSION = 'f'.repeat(64);

/** What an operator may have written into the secret, and whether a token of generation 5 replaces it. */
const MANUAL_EDITS: readonly (readonly [what: string, text: string, isReplaced: boolean])[] = [
  ['a lower generation', '{"access_token":"by hand","generation":4}', true],
  ['the same generation', '{"access_token":"by hand","generation":5}', false],
  ['a higher generation', '{"access_token":"by hand","generation":6}', false],
  ['a much higher generation', '{"generation":1000000000000}', false],
  ['a number that no refresher writes', '{"generation":9007199254740991}', true],
  ['a negative generation', '{"generation":-1}', true],
  ['a generation in quotation marks', '{"generation":"99"}', true],
  ['a document without a generation', '{"access_token":"by hand"}', true],
  ['garbage', 'pasted by hand: {"generation":', true],
  ['a list', '[{"generation":99}]', true],
];

/** Facts about the token secrets and their fenced publish. */
export const tokenStoreFacts: readonly PortFact[] = [
  fact('the first token of an empty secret is current, and the only version', async (world) => {
    create(world);

    const first = await publish(world, 1);

    expect(versionsOf(world)).toEqual([[1, ['AWSCURRENT', 'CANDIDATE']]]);
    expect(currentVersionOf(world)).toBe(versionIdIn(first));
  }),
  fact('readers get the whole document', async (world) => {
    create(world);
    const token = accessToken({ generation: 1, scope: 'ZohoCRM.modules.ALL', connection: 'crm-prod' });

    await world.ports.tokens.publish(token, undefined, never());

    expect(world.secrets.currentText(world.secretOf('access-token'))).toBe(serializeAccessToken(token));
  }),
  fact('AWSCURRENT moves from the known version, which becomes AWSPREVIOUS', async (world) => {
    const first = await publishFirst(world);

    const second = await publish(world, 2, versionIdIn(first));

    expect(versionIdIn(second)).not.toBe(versionIdIn(first));
    expect(versionsOf(world)).toEqual([
      [1, ['AWSPREVIOUS']],
      [2, ['AWSCURRENT', 'CANDIDATE']],
    ]);
  }),
  fact('a token that is stored again is the same version and is published', async (world) => {
    const { first, second } = await publishTwo(world);

    const again = await publish(world, 2, versionIdIn(first));

    expect(again).toEqual(second);
    expect(versionsOf(world)).toHaveLength(2);
  }),
  fact('a token that is stored again after a newer one is superseded', async (world) => {
    const { first, second } = await publishTwo(world);
    await publish(world, 3, versionIdIn(second));

    const again = await publish(world, 2, versionIdIn(first));

    expect(again).toEqual({ kind: 'superseded', generationFound: 3 });
    expect(currentGenerationOf(world)).toBe(3);
  }),
  fact('of two tokens of one generation, the second is superseded', async (world) => {
    const { first } = await publishTwo(world);

    const other = accessToken({ generation: 2, accessToken: new Redacted('another-token') });
    const result = await world.ports.tokens.publish(other, versionIdIn(first), never());

    expect(result).toEqual({ kind: 'superseded', generationFound: 2 });
    expect(world.secrets.currentText(world.secretOf('access-token'))).not.toContain('another-token');
  }),
  fact('an older token never replaces a newer one, however late it is', async (world) => {
    const first = await publishFirst(world);
    await publish(world, 3, versionIdIn(first));

    const late = await publish(world, 2, versionIdIn(first));

    expect(late).toEqual({ kind: 'superseded', generationFound: 3 });
    expect(currentGenerationOf(world)).toBe(3);
  }),
  fact(
    'of two concurrent moves from the same version, the newer token is current in the end',
    async (world) => {
      create(world);
      const from = versionIdIn(await publish(world, 1));

      const [older, newer] = await Promise.all([publish(world, 2, from), publish(world, 3, from)]);

      expect(newer.kind).toBe('published');
      if (older.kind !== 'published') expect(older).toEqual({ kind: 'superseded', generationFound: 3 });
      expect(currentGenerationOf(world)).toBe(3);
    },
  ),
  ...MANUAL_EDITS.map(
    ([what, text, isReplaced]): PortFact =>
      fact(`${what} from an operator is ${isReplaced ? 'replaced' : 'kept'}`, async (world) => {
        const first = await publishFirst(world);
        const manual = editManually(world, text);

        const result = await publish(world, 5, versionIdIn(first));

        const current = currentVersionOf(world);
        if (isReplaced) expect(result).toEqual({ kind: 'published', versionId: current });
        else {
          expect(result).toEqual({ kind: 'superseded', generationFound: JSON.parse(text).generation });
          expect(current).toBe(manual);
        }
      }),
  ),
  fact('a row without a version gets the generation of the secret, and continues from it', async (world) => {
    create(world);
    editManually(world, '{"generation":41}');

    const older = await publish(world, 1);
    const newer = await publish(world, 42);

    expect(older).toEqual({ kind: 'superseded', generationFound: 41 });
    expect(newer).toEqual({ kind: 'published', versionId: currentVersionOf(world) });
  }),
  fact('AWSCURRENT is found where an operator has moved it', async (world) => {
    const { first, second } = await publishTwo(world);
    world.secrets.moveStage(world.secretOf('access-token'), {
      stage: 'AWSCURRENT',
      removeFromVersionId: versionIdIn(second),
      moveToVersionId: versionIdIn(first),
    });

    const third = await publish(world, 3, versionIdIn(second));

    expect(third).toEqual({ kind: 'published', versionId: currentVersionOf(world) });
    expect(currentGenerationOf(world)).toBe(3);
  }),
  fact('AWSCURRENT is found when the row has an unknown version', async (world) => {
    create(world);
    await publish(world, 1);

    await publish(world, 2, NO_VERSION);

    expect(currentGenerationOf(world)).toBe(2);
  }),
  fact('nothing is stored in a secret that does not exist, which IAM denies', async (world) => {
    const result = await publish(world, 1);

    expect(result).toMatchObject({ kind: 'not-stored', error: { code: 'aws_access_denied' } });
  }),
  fact('nothing is stored in a secret that is being deleted', async (world) => {
    create(world);
    world.secrets.scheduleDeletion(world.secretOf('access-token'));

    const result = await publish(world, 1);

    expect(result).toMatchObject({ kind: 'not-stored', error: { code: 'secret_being_deleted' } });
    expect(versionsOf(world)).toEqual([]);
  }),
  ...(['denied', 'throttled', 'error without effect'] as const).map(
    (fault): PortFact =>
      fact(`a put that fails with "${fault}" has certainly stored nothing`, async (world) => {
        const result = await publishUnder(world, 'PutSecretValue', fault);

        expect(result).toMatchObject({ kind: 'not-stored', error: { code: CODE_OF_FAULT[fault] } });
        expect(versionsOf(world)).toEqual([[1, ['AWSCURRENT', 'CANDIDATE']]]);
      }),
  ),
  ...(['error with effect', 'answer lost, tried again'] as const).map(
    (fault): PortFact =>
      fact(`a put with "${fault}" is published, as one version`, async (world) => {
        const result = await publishUnder(world, 'PutSecretValue', fault);

        expect(result).toEqual({ kind: 'published', versionId: currentVersionOf(world) });
        expect(versionsOf(world)).toHaveLength(2);
        expect(currentGenerationOf(world)).toBe(2);
      }),
  ),
  fact('a failed put that cannot be verified may have been stored', async (world) => {
    const first = await publishFirst(world);
    world.failNext('PutSecretValue', 'error with effect');
    world.failNext('GetSecretValue', 'denied');

    const failure = await failureCodeOf(publish(world, 2, versionIdIn(first)));

    expect(failure).toBe('aws_unavailable');
    expect(versionsOf(world)).toHaveLength(2);
    expect(currentGenerationOf(world)).toBe(1);
  }),
  fact('a failed put is not taken for stored because of another token of its generation', async (world) => {
    const { first } = await publishTwo(world);
    world.failNext('PutSecretValue', 'error without effect');

    const other = accessToken({ generation: 2, accessToken: new Redacted('another-token') });
    const result = await world.ports.tokens.publish(other, versionIdIn(first), never());

    expect(result).toEqual({ kind: 'superseded', generationFound: 2 });
    expect(world.secrets.currentText(world.secretOf('access-token'))).not.toContain('another-token');
  }),
  fact('a move whose answer is lost is rejected on the retry, but has been made', async (world) => {
    const result = await publishUnder(world, 'UpdateSecretVersionStage', 'answer lost, tried again');

    expect(result).toEqual({ kind: 'published', versionId: currentVersionOf(world) });
    expect(currentGenerationOf(world)).toBe(2);
  }),
  ...(
    [
      ['denied', 'aws_access_denied', 1],
      ['error without effect', 'aws_unavailable', 1],
      ['error with effect', 'aws_unavailable', 2],
    ] as const
  ).map(
    ([fault, code, generation]): PortFact =>
      fact(
        `a move that fails with "${fault}" is an AWS error, and readers see generation ${generation}`,
        async (world) => {
          const failure = await failureCodeOf(publishUnder(world, 'UpdateSecretVersionStage', fault));

          expect(failure).toBe(code);
          expect(currentGenerationOf(world)).toBe(generation);
          expect(versionsOf(world)).toHaveLength(2);
        },
      ),
  ),
  fact('a put without an answer ends with its signal, and may have been stored', async (world) => {
    create(world);
    world.failNext('PutSecretValue', 'no answer');
    const signal = world.clock.abortAfter(45_000);

    const { isOnTime, outcome } = await endOf(world, 45_000, ({ tokens }) =>
      tokens.publish(accessToken({ generation: 1 }), undefined, signal),
    );

    expect(isOnTime).toBe(true);
    expect(await failureCodeOf(outcome)).toBe('aws_unavailable');
  }),
  fact('nothing is stored under an aborted signal, but the caller cannot know', async (world) => {
    create(world);
    const over = world.clock.abortAfter(0);

    const failure = await failureCodeOf(world.ports.tokens.publish(accessToken(), undefined, over));

    expect(failure).toBe('aws_unavailable');
    expect(versionsOf(world)).toEqual([]);
  }),
];

function create({ secrets, secretOf }: PortsUnderTest): void {
  secrets.create({ name: secretOf('access-token') });
}

/** Publishes generation 1 into an empty secret. */
async function publishFirst(world: PortsUnderTest): Promise<PublishResult> {
  create(world);
  return await publish(world, 1);
}

async function publishTwo(world: PortsUnderTest) {
  const first = await publishFirst(world);
  return { first, second: await publish(world, 2, versionIdIn(first)) };
}

async function publish(
  { ports }: PortsUnderTest,
  generation: number,
  fromVersionId?: string,
): Promise<PublishResult> {
  const token = accessToken({ generation, accessToken: new Redacted(`token-of-generation-${generation}`) });
  return await ports.tokens.publish(token, fromVersionId, never());
}

/** Publishes a second token with a fault in one operation. */
async function publishUnder(
  world: PortsUnderTest,
  operation: 'PutSecretValue' | 'UpdateSecretVersionStage',
  fault: AwsFault,
): Promise<PublishResult> {
  const first = await publishFirst(world);
  world.failNext(operation, fault);
  return await publish(world, 2, versionIdIn(first));
}

function versionIdIn(result: PublishResult): string {
  if (result.kind !== 'published') throw new Error(`The token was not published: ${result.kind}.`);
  return result.versionId;
}

/** An operator pastes a text into the secret. Returns its version. */
function editManually({ secrets, secretOf }: PortsUnderTest, text: string): string {
  const token = 'written-by-hand'.padEnd(36, '-');
  secrets.put(secretOf('access-token'), { value: secretText(text), token });
  return token;
}

function secretIn({ secrets, secretOf }: PortsUnderTest): SecretRecord {
  return secrets.get(secretOf('access-token'));
}

function currentVersionOf(world: PortsUnderTest): string | undefined {
  return secretIn(world).stages.get('AWSCURRENT');
}

function currentGenerationOf({ secrets, secretOf }: PortsUnderTest): number {
  return JSON.parse(secrets.currentText(secretOf('access-token')) ?? '{}').generation;
}

/** Generation and labels of each version, oldest first. */
function versionsOf(world: PortsUnderTest): (readonly [generation: number, stages: string[]])[] {
  const secret = secretIn(world);
  return [...secret.versions.values()].map(({ id, value }) => [
    JSON.parse(value.kind === 'string' ? value.text : '{}').generation,
    stagesOf(secret, id),
  ]);
}
