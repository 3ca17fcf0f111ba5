import { expect } from 'vitest';
import { serializeAccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import { accessToken } from '../../support/builders.ts';
import { differsOnMoto } from '../moto-differs.ts';
import { never, type StoreFacts, type StoreUnderTest, startPublishing, type WriteError } from './contract.ts';

/** Generations that were written by hand, and whether generation 5 replaces them. */
const EDITS: readonly (readonly [what: string, generation: number | undefined, isReplaced: boolean])[] = [
  ['a lower generation', 4, true],
  ['the same generation', 5, false],
  ['a higher generation', 6, false],
  ['a generation that no refresher reaches', 1e12 + 1, true],
  ['a generation below zero', -1, true],
  ['no generation', undefined, true],
];

/** Facts about the tokens of a store. */
export const tokenFacts: StoreFacts = {
  ...Object.fromEntries(
    EDITS.map(([what, ...edit]) => [
      `a token that was edited by hand, with ${what}, is ${edit[1] ? 'replaced' : 'kept'} by a publish`,
      (store: StoreUnderTest) => expectEdited(store, ...edit),
    ]),
  ),
  'a token that was edited by hand, with a generation that is a text, is replaced by a publish':
    differsOnMoto(
      // "If an item contains an AttributeValue element of a different type than the one provided in the request, the value does not
      // match": Condition, DynamoDB API reference.
      'fails with HTTP 500 when a condition compares a text with a number',
      (store) => expectEdited(store, 'by hand', true),
      'DynamoDB',
    ),
  'tokens are read as they were published, each newer one in the place of the one before': async (store) => {
    const { publish, published, tokenOf } = await startPublishing(store);

    expect(await published()).toBeNull();
    for (const generation of [1, 2, 7]) {
      expect(await publish(generation)).toMatchObject({ kind: 'published' });
      expect(await published()).toEqual(JSON.parse(serializeAccessToken(tokenOf(generation))));
    }
  },
  'a token is never replaced by an older one, however late it is': async (store) => {
    const { tokenOf, publish, published } = await startPublishing(store);
    const first = await publish(1);
    const knownToLate = first.kind === 'published' ? first.versionId : undefined;
    await publish(5);

    const late = await store.ports.tokens.publish(tokenOf(4), knownToLate, never);

    expect(late).toEqual({ kind: 'superseded', generationFound: 5 });
    expect(await published()).toMatchObject({ generation: 5 });
  },
  'a token is never replaced by another one of the same generation': async (store) => {
    const { publish, published } = await startPublishing(store);
    await publish(5, '1000.the.first');

    expect(await publish(5, '1000.the.second')).toEqual({ kind: 'superseded', generationFound: 5 });
    expect(await published()).toMatchObject({ access_token: '1000.the.first' });
  },
  'a token is published although the answer to the write was lost': async (store) => {
    const { publish, published } = await startPublishing(store);
    await publish(1);
    store.loseAnswer();

    expect(await publish(2)).toMatchObject({ kind: 'published' });
    expect(await published()).toMatchObject({ generation: 2 });
  },
  'a token whose answer was lost, and that cannot be read again, is not taken for an unwritten one': async (
    store,
  ) => {
    const { publish } = await startPublishing(store);
    await publish(1);
    store.loseAnswer();
    const allowReads = store.denyReads();

    const publishing = publish(2).finally(allowReads);

    await expect(
      publishing.then(({ kind }) => {
        if (kind === 'not-stored') return kind;
        throw new Error(kind);
      }),
    ).rejects.toThrow();
  },
  'after AccessDeniedException the token stays, and the result says that nothing was written': (store) =>
    expectNotStored(store, 'AccessDeniedException', 'aws_access_denied'),
  'after ThrottlingException the token stays, and the result says that nothing was written': (store) =>
    expectNotStored(store, 'ThrottlingException', 'aws_throttled'),
  'of two writers at once, the newer one is published in the end': async (store) => {
    const { connection, tokenOf, publish, published } = await startPublishing(store);
    const first = await publish(1);
    const from = first.kind === 'published' ? first.versionId : undefined;

    const { tokens } = store.ports;
    await Promise.all([tokens.publish(tokenOf(2), from, never), tokens.publish(tokenOf(3), from, never)]);

    expect(await published()).toMatchObject({ connection, generation: 3 });
  },
  'a token says its generation to a refresher that has lost the row': async (store) => {
    const { connection, publish } = await startPublishing(store);
    await publish(9);

    expect(await store.ports.tokens.lastPublished(connection, never)).toMatchObject({
      generation: 9,
      token: { expiresAtMs: accessToken().expiresAtMs },
    });
  },
};

async function expectEdited(
  store: StoreUnderTest,
  generation: number | string | undefined,
  isReplaced: boolean,
): Promise<void> {
  const { connection, publish, published } = await startPublishing(store);
  await publish(2);
  await store.writeTokenByHand(connection, generation);

  const result = await publish(5);

  expect(result).toMatchObject(
    isReplaced ? { kind: 'published' } : { kind: 'superseded', generationFound: generation },
  );
  if (isReplaced) expect(await published()).toMatchObject({ generation: 5 });
}

async function expectNotStored(store: StoreUnderTest, error: WriteError, code: string): Promise<void> {
  const { publish, published } = await startPublishing(store);
  await publish(1);
  store.failWrites(error);

  const result = await publish(2);

  expect(result.kind === 'not-stored' && result.error.code).toBe(code);
  expect(await published()).toMatchObject({ generation: 1 });
  expect(await publish(3)).toMatchObject({ kind: 'published' });
}
