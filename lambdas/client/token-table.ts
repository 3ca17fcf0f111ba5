import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { PublishedTokenReader } from '../adapters/published-token.ts';
import { passDates, type ResponseDates } from '../adapters/response-dates.ts';
import { parseAccessToken } from '../core/secrets/access-token.ts';
import { encryptionContext } from '../core/secrets/sealing.ts';
import { limits } from './aws-client.ts';
import { explainAwsError } from './explain-aws-error.ts';

/** One attempt of one call. */
const TIMEOUT_MS = 2_000;

/** A token could not be read from the table. The message says which call failed, on what, and what to do. */
export class TokenTableError extends Error {}

export interface TokenTableOptions {
  /** Name of the table. */
  readonly tokensTable: string;
  readonly secretPrefix: string;
  readonly dates: ResponseDates;
  readonly load?: typeof loadClients;
}

/**
 * Reads the tokens that are sealed in DynamoDB. A connection without an item has its token in Secrets Manager. The SDK's clients are
 * loaded on first use: most deployments have no such table.
 */
export const createTokenTable = ({
  tokensTable,
  secretPrefix,
  dates,
  load = loadClients,
}: TokenTableOptions) => {
  let clients: ReturnType<typeof connect> | undefined;

  const call = async <T>(action: string, resource: string, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      throw new TokenTableError(explainAwsError(error, action, resource));
    }
  };

  const sealedTokenOf = async (connection: string, abortSignal?: AbortSignal) => {
    clients ??= connect(load);
    const { GetItemCommand, dynamoDb } = await clients;
    const command = new GetItemCommand({
      TableName: tokensTable,
      Key: { connection: { S: connection } },
      ConsistentRead: true,
    });
    passDates(command, dates);
    const { Item } = await call('dynamodb:GetItem', tokensTable, () =>
      dynamoDb.send(command, abortSignal ? { abortSignal } : {}),
    );
    return Item?.sealed?.B;
  };

  return {
    /** A reader of one connection's token, which asks another one if the table has no item. */
    readerOf:
      (connection: string, otherwise: PublishedTokenReader): PublishedTokenReader =>
      async (abortSignal) => {
        const CiphertextBlob = await sealedTokenOf(connection, abortSignal);
        if (!CiphertextBlob) return otherwise(abortSignal);
        const { DecryptCommand, kms } = await (clients as ReturnType<typeof connect>);
        const EncryptionContext = {
          ...encryptionContext(secretPrefix, { kind: 'access-token', connection }),
        };
        const command = new DecryptCommand({ CiphertextBlob, EncryptionContext });
        const { Plaintext } = await call('kms:Decrypt', `the token of ${connection}`, () =>
          kms.send(command, abortSignal ? { abortSignal } : {}),
        );
        return parseAccessToken(new TextDecoder().decode(Plaintext));
      },
  };
};

const connect = async (load: typeof loadClients) => {
  const [{ DynamoDBClient, GetItemCommand }, { KMSClient, DecryptCommand }] = await load();
  return {
    GetItemCommand,
    DecryptCommand,
    dynamoDb: new DynamoDBClient(limits(TIMEOUT_MS)) as Pick<DynamoDBClient, 'send'>,
    kms: new KMSClient(limits(TIMEOUT_MS)) as Pick<KMSClient, 'send'>,
  };
};

/** Lambda has both packages. Bundlers accept that one is missing if its `import` has a `catch` of its own. */
const loadClients = () =>
  Promise.all([
    import('@aws-sdk/client-dynamodb').catch(toInstall),
    import('@aws-sdk/client-kms').catch(toInstall),
  ]);

const toInstall = (): never => {
  throw new TokenTableError(
    'Tokens of this deployment are stored in DynamoDB: install @aws-sdk/client-dynamodb and @aws-sdk/client-kms.',
  );
};
