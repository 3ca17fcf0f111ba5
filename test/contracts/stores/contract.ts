import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Sealer } from '../../../lambdas/adapters/sealed/sealer.ts';
import type { SecretStores } from '../../../lambdas/core/ports.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { accessToken } from '../../support/builders.ts';
import type { MotoDiffers } from '../moto-differs.ts';

/** Where tokens and credentials are, as the refresher, a reader and an operator know it. */
export interface StoreUnderTest {
  /** Of the refresher. Each call is tried as often as the SDK tries it. */
  readonly ports: SecretStores;
  /** Of a name that was not used before. */
  newConnection(): Promise<string>;
  /** What a reader gets. */
  readToken(connection: string): Promise<string | undefined>;
  /** Someone edits the published token, whose generation is then this; undefined: it has none. */
  writeTokenByHand(connection: string, generation: number | string | undefined): Promise<void>;
  /** Stores credentials as an operator, and returns the id of their version. */
  storeCredentials(connection: string, text: string): Promise<string>;
  /** Returns what allows them again. */
  denyReads(): () => void;
  /** The next write is done, and its answer is lost; the SDK sends it again. */
  loseAnswer(): void;
  /** As often as the SDK tries: nothing is written. */
  failWrites(error: WriteError): void;
}

/** Both stores of an AWS account, or of what stands in for one. */
export interface Stores {
  readonly inSecretsManager: StoreUnderTest;
  readonly inDynamoDb: StoreUnderTest;
  /** Of someone whom IAM allows everything: only KMS refuses. */
  readonly sealer: Sealer;
}

export type WriteError = 'AccessDeniedException' | 'ThrottlingException';

/** A fact that holds in whichever store, on any AWS. */
type Check = (store: StoreUnderTest) => Promise<void>;
export type StoreFacts = Readonly<Record<string, Check | MotoDiffers<Check>>>;

/** An item of the table of tokens that no refresher wrote. */
export function editedItem(
  connection: string,
  generation: number | string | undefined,
): Record<string, AttributeValue> {
  const written = typeof generation === 'number' ? { N: String(generation) } : { S: generation ?? '' };
  return {
    connection: { S: connection },
    ...(generation !== undefined && { generation: written }),
    sealed: { B: Buffer.from('by hand') },
  };
}

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** A new connection, and a writer of its tokens that remembers the version that it has published. */
export async function startPublishing(store: StoreUnderTest) {
  const connection = await store.newConnection();
  const tokenOf = (generation: number, text = `1000.of.${generation}`) =>
    accessToken({ connection, generation, accessToken: new Redacted(text) });
  let versionId: string | undefined;
  return {
    connection,
    tokenOf,
    publish: async (generation: number, text?: string) => {
      const result = await store.ports.tokens.publish(tokenOf(generation, text), versionId, never);
      if (result.kind === 'published') versionId = result.versionId;
      return result;
    },
    /** What a reader gets; null before the first token. */
    published: async () => JSON.parse((await store.readToken(connection)) ?? 'null') as unknown,
  };
}
