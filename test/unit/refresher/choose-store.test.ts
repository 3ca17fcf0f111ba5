import { describe, expect, test } from 'vitest';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import type { PublishResult, SecretStores } from '../../../lambdas/core/ports.ts';
import { chooseStore } from '../../../lambdas/refresher/choose-store.ts';
import { activeConnection, failureOf, NOW_MS } from '../../support/builders.ts';
import { FakeRefresher } from './fake-refresher.ts';

const PUBLISHED = { kind: 'published', versionId: 'version-8' } as const;
const TOKEN = { connection: 'crm-prod', generation: 8, expiresAtMs: NOW_MS } as never;

/** Publishes for a row that is being moved. Returns the stores that were written, in order, and the result. */
async function publish(
  movedFrom: 'dynamodb' | 'secrets-manager' | undefined,
  {
    first = PUBLISHED,
    second = () => PUBLISHED,
  }: { first?: PublishResult; second?: () => PublishResult } = {},
) {
  const world = new FakeRefresher();
  const published: string[] = [];
  const into = (store: string, answer: () => PublishResult): Pick<SecretStores, 'tokens'> => ({
    tokens: {
      lastPublished: () => Promise.resolve(undefined),
      publish: async () => {
        published.push(store);
        return await answer();
      },
    },
  });
  const context = {
    ...world.context,
    ...into('secrets-manager', () => first),
    sealed: { ...world.context, ...into('dynamodb', second) },
  };
  const chosen = chooseStore(context, activeConnection({ movedFrom }));
  const result = await chosen.tokens.publish(TOKEN, undefined, world.deadlines.work);
  return { published, result, logged: world.logged };
}

const fails = () => {
  throw new InfrastructureError(failureOf('aws_throttled'));
};

describe('a token of a connection in Secrets Manager', () => {
  test.each([undefined, 'secrets-manager'] as const)(
    'is published there only (moved from %s)',
    async (from) => {
      expect(await publish(from)).toEqual({ published: ['secrets-manager'], result: PUBLISHED, logged: [] });
    },
  );

  test('is published in DynamoDB as well until its move from there is finished', async () => {
    expect(await publish('dynamodb')).toEqual({
      published: ['secrets-manager', 'dynamodb'],
      result: PUBLISHED,
      logged: [],
    });
  });

  test('counts as published although DynamoDB has another one or fails, which is logged', async () => {
    const error = new InfrastructureError(failureOf('aws_throttled'));
    const superseded = await publish('dynamodb', {
      second: () => ({ kind: 'superseded', generationFound: 9 }),
    });
    const results = [
      await publish('dynamodb', { second: fails }),
      await publish('dynamodb', { second: () => ({ kind: 'not-stored', error }) }),
    ];

    expect(superseded).toMatchObject({ result: PUBLISHED, logged: [] });
    for (const { result, logged } of results) {
      expect(result).toEqual(PUBLISHED);
      expect(logged).toEqual([
        [
          'warn',
          'a token could not be published in both stores',
          {
            connection: 'crm-prod',
            code: 'aws_throttled',
            reason:
              'what aws_throttled means Finish the move: zoho-tokens move crm-prod --to secrets-manager',
          },
        ],
      ]);
    }
  });

  test('is not published in DynamoDB unless Secrets Manager has it', async () => {
    const superseded = { kind: 'superseded', generationFound: 9 } as const;

    expect(await publish('dynamodb', { first: superseded })).toMatchObject({
      published: ['secrets-manager'],
      result: superseded,
    });
  });

  test('hides no error of another kind', async () => {
    const bug = () => {
      throw new TypeError('bug');
    };

    await expect(publish('dynamodb', { second: bug })).rejects.toThrow('bug');
  });
});

test('without the tables of its store, everything fails and says why', async () => {
  const { context, deadlines } = new FakeRefresher();
  const chosen = chooseStore({ ...context, sealed: undefined }, activeConnection({ store: 'dynamodb' }));

  await expect(chosen.credentials.read('crm-prod', deadlines.work)).rejects.toMatchObject({
    code: 'aws_not_found',
    message: expect.stringContaining('the fleet was turned off before crm-prod was moved'),
  });
});
