import { expect } from 'vitest';
import type { PublishResult } from '../../../lambdas/core/ports.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { serializeAccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import { type SecretRecord, secretText, stagesOf } from '../../../sandbox/aws/secret-record.ts';
import { accessToken } from '../../support/builders.ts';
import { CODE_OF_TROUBLE, failureCodeOf, never } from './calls.ts';
import { type AwsTrouble, fact, type PortFact, type PortsUnderTest } from './contract.ts';

const NO_VERSION = 'f'.repeat(64);

/** What a hand can write into the secret, and whether a token of generation 5 gets past it. */
const BY_HAND: readonly (readonly [what: string, text: string, isPassed: boolean])[] = [
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
  fact('the first token of an empty secret is current at once, as the only version', async (world) => {
    create(world);

    const first = await publish(world, 1);

    expect(versionsOf(world)).toEqual([[1, ['AWSCURRENT', 'CANDIDATE']]]);
    expect(currentVersionOf(world)).toBe(versionIdIn(first));
  }),
  fact('what readers get is the whole document', async (world) => {
    create(world);
    const token = accessToken({ generation: 1, scope: 'ZohoCRM.modules.ALL', connection: 'crm-prod' });

    await world.ports.tokens.publish(token, undefined, never());

    expect(world.secrets.currentText(world.secretOf('access-token'))).toBe(serializeAccessToken(token));
  }),
  fact(
    'the next token is moved to from the version that is known, which stays as the previous one',
    async (world) => {
      create(world);
      const first = await publish(world, 1);

      const second = await publish(world, 2, versionIdIn(first));

      expect(versionIdIn(second)).not.toBe(versionIdIn(first));
      expect(versionsOf(world)).toEqual([
        [1, ['AWSPREVIOUS']],
        [2, ['AWSCURRENT', 'CANDIDATE']],
      ]);
    },
  ),
  fact('a token that is put again is the same version, and is published', async (world) => {
    create(world);
    const first = await publish(world, 1);
    const second = await publish(world, 2, versionIdIn(first));

    const again = await publish(world, 2, versionIdIn(first));

    expect(again).toEqual(second);
    expect(versionsOf(world)).toHaveLength(2);
  }),
  fact('a token that is put again after a newer one has come is dropped', async (world) => {
    create(world);
    const first = await publish(world, 1);
    const second = await publish(world, 2, versionIdIn(first));
    await publish(world, 3, versionIdIn(second));

    const again = await publish(world, 2, versionIdIn(first));

    expect(again).toEqual({ kind: 'superseded', generationFound: 3 });
    expect(currentGenerationOf(world)).toBe(3);
  }),
  fact('of two tokens of one generation the second is dropped', async (world) => {
    create(world);
    const first = await publish(world, 1);
    await publish(world, 2, versionIdIn(first));

    const other = accessToken({ generation: 2, accessToken: new Redacted('another-token') });
    const result = await world.ports.tokens.publish(other, versionIdIn(first), never());

    expect(result).toEqual({ kind: 'superseded', generationFound: 2 });
    expect(world.secrets.currentText(world.secretOf('access-token'))).not.toContain('another-token');
  }),
  fact('an older token never replaces a newer one, however late it comes', async (world) => {
    create(world);
    const first = await publish(world, 1);
    await publish(world, 3, versionIdIn(first));

    const late = await publish(world, 2, versionIdIn(first));

    expect(late).toEqual({ kind: 'superseded', generationFound: 3 });
    expect(currentGenerationOf(world)).toBe(3);
  }),
  fact('of two that move from the same version at once the newer one stands in the end', async (world) => {
    create(world);
    const from = versionIdIn(await publish(world, 1));

    const [older, newer] = await Promise.all([publish(world, 2, from), publish(world, 3, from)]);

    expect(newer.kind).toBe('published');
    if (older.kind !== 'published') expect(older).toEqual({ kind: 'superseded', generationFound: 3 });
    expect(currentGenerationOf(world)).toBe(3);
  }),
  ...BY_HAND.map(
    ([what, text, isPassed]): PortFact =>
      fact(`${what}, written by hand, is ${isPassed ? 'replaced' : 'left standing'}`, async (world) => {
        create(world);
        const first = await publish(world, 1);
        const byHand = writeByHand(world, text);

        const result = await publish(world, 5, versionIdIn(first));

        const current = currentVersionOf(world);
        if (isPassed) expect(result).toEqual({ kind: 'published', versionId: current });
        else {
          expect(result).toEqual({ kind: 'superseded', generationFound: JSON.parse(text).generation });
          expect(current).toBe(byHand);
        }
      }),
  ),
  fact('a row that knows no version is told what stands there, and goes on from it', async (world) => {
    create(world);
    writeByHand(world, '{"generation":41}');

    const older = await publish(world, 1);
    const newer = await publish(world, 42);

    expect(older).toEqual({ kind: 'superseded', generationFound: 41 });
    expect(newer).toEqual({ kind: 'published', versionId: currentVersionOf(world) });
  }),
  fact('AWSCURRENT is found where a hand has moved it back to', async (world) => {
    create(world);
    const first = await publish(world, 1);
    const second = await publish(world, 2, versionIdIn(first));
    world.secrets.moveStage(world.secretOf('access-token'), {
      stage: 'AWSCURRENT',
      removeFromVersionId: versionIdIn(second),
      moveToVersionId: versionIdIn(first),
    });

    const third = await publish(world, 3, versionIdIn(second));

    expect(third).toEqual({ kind: 'published', versionId: currentVersionOf(world) });
    expect(currentGenerationOf(world)).toBe(3);
  }),
  fact('AWSCURRENT is found where it stands when the row knows a version that never was', async (world) => {
    create(world);
    await publish(world, 1);

    await publish(world, 2, NO_VERSION);

    expect(currentGenerationOf(world)).toBe(2);
  }),
  fact('into a secret that does not exist nothing is stored', async (world) => {
    const result = await publish(world, 1);

    expect(result).toMatchObject({ kind: 'not-stored', error: { code: 'aws_not_found' } });
  }),
  fact('into a secret that is being deleted nothing is stored', async (world) => {
    create(world);
    world.secrets.scheduleDeletion(world.secretOf('access-token'));

    const result = await publish(world, 1);

    expect(result).toMatchObject({ kind: 'not-stored', error: { code: 'secret_being_deleted' } });
    expect(versionsOf(world)).toEqual([]);
  }),
  ...(['denied', 'throttled', 'error without effect'] as const).map(
    (trouble): PortFact =>
      fact(`a put that ends with "${trouble}" has stored nothing, for certain`, async (world) => {
        const result = await publishUnder(world, 'PutSecretValue', trouble);

        expect(result).toMatchObject({ kind: 'not-stored', error: { code: CODE_OF_TROUBLE[trouble] } });
        expect(versionsOf(world)).toEqual([[1, ['AWSCURRENT', 'CANDIDATE']]]);
      }),
  ),
  ...(['error with effect', 'answer lost, tried again'] as const).map(
    (trouble): PortFact =>
      fact(`a put that ends with "${trouble}" is published, as one version`, async (world) => {
        const result = await publishUnder(world, 'PutSecretValue', trouble);

        expect(result).toEqual({ kind: 'published', versionId: currentVersionOf(world) });
        expect(versionsOf(world)).toHaveLength(2);
        expect(currentGenerationOf(world)).toBe(2);
      }),
  ),
  fact('a put that fails and cannot be looked after may have been stored', async (world) => {
    create(world);
    const first = await publish(world, 1);
    world.strikeNext('PutSecretValue', 'error with effect');
    world.strikeNext('GetSecretValue', 'denied');

    const failure = await failureCodeOf(publish(world, 2, versionIdIn(first)));

    expect(failure).toBe('aws_unavailable');
    expect(versionsOf(world)).toHaveLength(2);
    expect(currentGenerationOf(world)).toBe(1);
  }),
  fact(
    'a put that fails is not taken for done because another token of its generation stands there',
    async (world) => {
      create(world);
      const first = await publish(world, 1);
      await publish(world, 2, versionIdIn(first));
      world.strikeNext('PutSecretValue', 'error without effect');

      const other = accessToken({ generation: 2, accessToken: new Redacted('another-token') });
      const result = await world.ports.tokens.publish(other, versionIdIn(first), never());

      expect(result).toEqual({ kind: 'superseded', generationFound: 2 });
      expect(world.secrets.currentText(world.secretOf('access-token'))).not.toContain('another-token');
    },
  ),
  fact(
    'a move whose answer is lost is refused when the SDK tries again, and was made all the same',
    async (world) => {
      const result = await publishUnder(world, 'UpdateSecretVersionStage', 'answer lost, tried again');

      expect(result).toEqual({ kind: 'published', versionId: currentVersionOf(world) });
      expect(currentGenerationOf(world)).toBe(2);
    },
  ),
  ...(
    [
      ['denied', 'aws_access_denied', 1],
      ['error without effect', 'aws_unavailable', 1],
      ['error with effect', 'aws_unavailable', 2],
    ] as const
  ).map(
    ([trouble, code, generation]): PortFact =>
      fact(
        `a move that ends with "${trouble}" is an error of AWS, and readers see generation ${generation}`,
        async (world) => {
          const failure = await failureCodeOf(publishUnder(world, 'UpdateSecretVersionStage', trouble));

          expect(failure).toBe(code);
          expect(currentGenerationOf(world)).toBe(generation);
          expect(versionsOf(world)).toHaveLength(2);
        },
      ),
  ),
  fact('a put that is not answered ends with its signal, and may have been stored', async (world) => {
    create(world);
    world.strikeNext('PutSecretValue', 'no answer');
    const signal = world.clock.abortAfter(45_000);

    const call = await world.begin(({ tokens }) =>
      tokens.publish(accessToken({ generation: 1 }), undefined, signal),
    );
    await world.passTime(44_999);
    const isOverBefore = call.isOver();
    await world.passTime(1);

    expect(isOverBefore).toBe(false);
    expect(await failureCodeOf(call.outcome)).toBe('aws_unavailable');
  }),
  fact('nothing is stored under a signal that is over, though nobody can tell', async (world) => {
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

async function publish(
  { ports }: PortsUnderTest,
  generation: number,
  fromVersionId?: string,
): Promise<PublishResult> {
  const token = accessToken({ generation, accessToken: new Redacted(`token-of-generation-${generation}`) });
  return await ports.tokens.publish(token, fromVersionId, never());
}

/** A second token, the named operation of whose publish ends in trouble. */
async function publishUnder(
  world: PortsUnderTest,
  operation: 'PutSecretValue' | 'UpdateSecretVersionStage',
  trouble: AwsTrouble,
): Promise<PublishResult> {
  create(world);
  const first = await publish(world, 1);
  world.strikeNext(operation, trouble);
  return await publish(world, 2, versionIdIn(first));
}

function versionIdIn(result: PublishResult): string {
  if (result.kind !== 'published') throw new Error(`The token was not published: ${result.kind}.`);
  return result.versionId;
}

/** Somebody pastes a text into the secret, by the console. Returns its version. */
function writeByHand({ secrets, secretOf }: PortsUnderTest, text: string): string {
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
