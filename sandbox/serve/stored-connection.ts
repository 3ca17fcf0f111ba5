import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { keyOf } from '../../lambdas/adapters/connection-row.ts';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { createSealedCredentials } from '../../lambdas/adapters/sealed/sealed-credentials.ts';
import { createSealer } from '../../lambdas/adapters/sealed/sealer.ts';
import { readTokenItem } from '../../lambdas/adapters/sealed/token-items.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { fleetOf } from '../../lambdas/refresher/fleet-config.ts';
import { CURRENT, secretText } from '../aws/secret-record.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';

const TIMEOUT_MS = 5_000;

/** The JSON of a secret. */
export type SecretDocument = Readonly<Record<string, string>>;

/** What is stored of a connection, in the store that its row names. */
export interface StoredConnection {
  /** Undefined before the first tick. */
  readonly row: Connection | undefined;
  readonly token: SecretDocument | undefined;
  readonly credentials: SecretDocument | undefined;
  /** Replaces the token by one of the same generation. Returns the version that the row has to name. */
  replaceToken(token: SecretDocument): Promise<string | undefined>;
}

/** Reads a connection. What is left of it in the other store is not looked at, as consumers and the refresher do not. */
export async function readStoredConnection(
  deployment: LocalDeployment<Clock>,
  connection: string,
): Promise<StoredConnection> {
  const { dynamoDb } = deployment.dependencies.aws;
  const table = createConnectionTable(dynamoDb, deployment.config.tableName);
  const row = await table.read(connection, AbortSignal.timeout(TIMEOUT_MS));
  const stored =
    row?.store === 'dynamodb'
      ? await readItems(deployment, connection)
      : readSecrets(deployment, `zoho/${connection}`);
  return { row, ...stored };
}

/** The JSON of a secret; undefined if there is none, or it has no value. */
export function readSecret(
  { aws: { secretsManager } }: LocalDeployment<Clock>,
  name: string,
): SecretDocument | undefined {
  const text = secretsManager.store.currentText(name);
  return text === undefined ? undefined : (JSON.parse(text) as SecretDocument);
}

type Stored = Omit<StoredConnection, 'row'>;

function readSecrets(deployment: LocalDeployment<Clock>, path: string): Stored {
  const name = `${path}/access-token`;
  return {
    token: readSecret(deployment, name),
    credentials: readSecret(deployment, `${path}/credentials`),
    replaceToken: (token) => {
      const { store } = deployment.aws.secretsManager;
      const { stages } = store.put(name, { value: secretText(JSON.stringify(token)) });
      return Promise.resolve(stages.get(CURRENT));
    },
  };
}

async function readItems(deployment: LocalDeployment<Clock>, connection: string): Promise<Stored> {
  const fleet = fleetOf(deployment.config);
  if (fleet === undefined) throw new Error(`The row of ${connection} names DynamoDB, and there is no fleet.`);
  const { dynamoDb, kms } = deployment.dependencies.aws;
  const { secretPrefix } = deployment.config;
  const sealer = createSealer(kms, { keyArn: fleet.encryptionKeyArn, secretPrefix });
  const whose = { kind: 'access-token', connection } as const;
  const signal = AbortSignal.timeout(TIMEOUT_MS);

  const item = await readTokenItem(dynamoDb, fleet.tokensTableName, { connection, signal });
  const credentials = await createSealedCredentials(dynamoDb, {
    tableName: fleet.credentialsTableName,
    sealer,
  }).read(connection, signal);
  return {
    token: item && documentIn(await sealer.open(whose, item.sealed, signal)),
    credentials: credentials.kind === 'found' ? documentIn(credentials.text) : undefined,
    replaceToken: async (token) => {
      const sealed = await sealer.seal(whose, new Redacted(JSON.stringify(token)), signal);
      const put = new PutItemCommand({
        TableName: fleet.tokensTableName,
        Item: {
          ...keyOf(connection),
          generation: { N: String(token.generation) },
          expiresAt: { N: String(Date.parse(token.expires_at ?? '')) },
          sealed: { B: sealed },
        },
      });
      await dynamoDb.send(put, { abortSignal: signal });
      // Its version follows from the generation.
      return undefined;
    },
  };
}

function documentIn(text: Redacted): SecretDocument {
  return JSON.parse(text.reveal()) as SecretDocument;
}
