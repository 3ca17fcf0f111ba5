import { expect } from 'vitest';
import type { Sealer } from '../../../lambdas/adapters/sealed/sealer.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { serializeAccessToken } from '../../../lambdas/core/secrets/access-token.ts';
import type { SealedFor } from '../../../lambdas/core/secrets/sealing.ts';
import { accessToken } from '../../support/builders.ts';
import type { MotoDiffers } from '../moto-differs.ts';
import { never, type StoreUnderTest } from './contract.ts';

/** The second store, and the sealer of someone whom IAM allows everything: only KMS refuses. */
export interface SealingUnderTest {
  readonly store: StoreUnderTest;
  readonly sealer: Sealer;
}

type Check = (sealing: SealingUnderTest) => Promise<void>;

/** Facts about what is sealed in the second store. */
export const sealingFacts: Readonly<Record<string, Check | MotoDiffers<Check>>> = {
  'the token of a connection is opened for that connection': async ({ sealer }) => {
    const sealed = await sealer.seal(TOKEN, new Redacted('a secret'), never);

    expect((await sealer.open(TOKEN, sealed, never)).reveal()).toBe('a secret');
  },
  'the token of a connection is not opened for another connection': ({ sealer }) =>
    expectNotOpened(sealer, { ...TOKEN, connection: 'other' }),
  'the token of a connection is not opened as its credentials': ({ sealer }) =>
    expectNotOpened(sealer, { ...TOKEN, kind: 'credentials' }),
  'a token document has at most 4,096 bytes: more is said before anything is written': async ({ store }) => {
    const { ports, newConnection, readToken } = store;
    const connection = await newConnection();
    const token = (letters: number) =>
      accessToken({ connection, generation: 1, accessToken: new Redacted(`1000.${'x'.repeat(letters)}`) });
    const others = Buffer.byteLength(serializeAccessToken(token(0)));

    const tooLarge = await ports.tokens.publish(token(4097 - others), undefined, never);
    const none = await readToken(connection);
    const fitting = await ports.tokens.publish(token(4096 - others), undefined, never);

    expect(tooLarge.kind === 'not-stored' && tooLarge.error.code).toBe('too_large_to_seal');
    expect(none).toBeUndefined();
    expect(fitting).toMatchObject({ kind: 'published' });
  },
};

const TOKEN: SealedFor = { kind: 'access-token', connection: 'crm-prod' };

async function expectNotOpened(sealer: Sealer, whose: SealedFor): Promise<void> {
  const sealed = await sealer.seal(TOKEN, new Redacted('a secret'), never);

  await expect(sealer.open(whose, sealed, never)).rejects.toMatchObject({ code: 'aws_kms_denied' });
}
