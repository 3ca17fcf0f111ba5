import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { keyOf } from '../../lambdas/adapters/connection-row.ts';
import { createSealedCredentials } from '../../lambdas/adapters/sealed/sealed-credentials.ts';
import { createSealer } from '../../lambdas/adapters/sealed/sealer.ts';
import { lastPublishedOf, readTokenItem } from '../../lambdas/adapters/sealed/token-items.ts';
import { versionIdOf } from '../../lambdas/adapters/token-secrets.ts';
import type { Intent } from '../../lambdas/core/connection/secret-store.ts';
import { parseAccessToken } from '../../lambdas/core/secrets/access-token.ts';
import { ownTags, specTags } from '../../lambdas/core/secrets/secret-tags.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import type { DeployedFleet, Deployment } from '../deployment/deployment.ts';
import type { ConnectionSecrets, SecretFacts, SecretKind } from './connection-secrets.ts';

/** What is needed of the deployment and of AWS. */
export interface SealedSecretsParts {
  readonly dynamoDb: DynamoDBClient;
  readonly kms: KMSClient;
  readonly deployment: Deployment;
  readonly fleet: DeployedFleet;
  /** The secrets of shared clients, which are in Secrets Manager always. */
  readonly clients: Pick<ConnectionSecrets, 'readClient' | 'promoteClient' | 'withClient' | 'nameOf'>;
  /** What the connection should be: undefined when it has no row of the second store. */
  readonly intentOf: (connection: string) => Promise<Intent | undefined>;
  readonly signal: () => AbortSignal;
}

/** Not empty: the row says that the connection is in the second store. */
const NO_INTENT: Intent = { dataCenter: undefined, scopes: [] };

/**
 * The items of the second store as a connection's two secrets: commands work the same for both stores. Items have no labels but
 * AWSCURRENT, no resource policy, no tags of their own, and no days in which a deletion can be cancelled: point-in-time recovery of the
 * table restores them.
 */
export function createSealedSecrets(parts: SealedSecretsParts): ConnectionSecrets {
  const { dynamoDb, kms, deployment, fleet, clients, intentOf, signal } = parts;
  const { secretPrefix, keyArn } = deployment;
  const sealer = createSealer(kms, { keyArn, secretPrefix });
  const credentials = createSealedCredentials(dynamoDb, { tableName: fleet.credentialsTable, sealer });
  const tableOf = (kind: SecretKind) => (kind === 'credentials' ? fleet.credentialsTable : fleet.tokensTable);
  const tokenOf = (connection: string) =>
    readTokenItem(dynamoDb, fleet.tokensTable, { connection, signal: signal() });

  const write = async (connection: string, text: Parameters<ConnectionSecrets['writeCredentials']>[1]) => {
    const seenVersionId = await credentials.versionOf(connection, signal());
    return await replace(connection, text, seenVersionId);
  };
  const replace: ConnectionSecrets['replaceCredentials'] = async (connection, text, seenVersionId) => {
    const versionId = randomUUID();
    const { write: compareAndSwap } = credentials;
    return await compareAndSwap({ connection, versionId, text, seenVersionId }, signal());
  };
  const remove = async (connection: string, kind: SecretKind): Promise<void> => {
    const TableName = tableOf(kind);
    await callAws({ action: 'dynamodb:DeleteItem', resource: TableName }, () =>
      dynamoDb.send(new DeleteItemCommand({ TableName, Key: keyOf(connection) })),
    );
  };

  return {
    readClient: clients.readClient,
    promoteClient: clients.promoteClient,
    withClient: clients.withClient,
    nameOf: (connection, kind) =>
      kind === 'client' ? clients.nameOf(connection, kind) : `${tableOf(kind)}/${connection}`,
    readCredentials: async (connection) =>
      await clients.withClient(await credentials.read(connection, signal())),
    writeCredentials: async (connection, text) => void (await write(connection, text)),
    replaceCredentials: replace,
    readLabelled: async (connection, label) => {
      if (label !== 'AWSCURRENT') return undefined;
      const stored = await credentials.read(connection, signal());
      return stored.kind === 'found' ? stored : undefined;
    },
    readToken: async (connection) => {
      const item = await tokenOf(connection);
      if (item === undefined) return { ok: false, problems: 'empty' };
      const text = await sealer.open({ kind: 'access-token', connection }, item.sealed, signal());
      return parseAccessToken(text.reveal());
    },
    lastPublished: async (connection) => {
      const item = await tokenOf(connection);
      return item && lastPublishedOf(connection, item);
    },
    describe: async (connection, kind) => {
      const intent = await intentOf(connection);
      const isToken = kind === 'access-token';
      const item = isToken ? await tokenOf(connection) : undefined;
      const versionId = isToken
        ? item && versionIdOf(connection, item.generation)
        : await credentials.versionOf(connection, signal());
      // A token is missing until the first one is published: the row says that there will be one.
      if (versionId === undefined && !(isToken && intent !== undefined)) return undefined;
      return factsOf(connection, kind, { intent: intent ?? NO_INTENT, versionId });
    },
    readPolicy: () => Promise.resolve(undefined),
    create: async (connection, kind, { value }) => {
      if (kind !== 'credentials' || value === undefined) return { versionId: undefined };
      const created = await replace(connection, value, undefined);
      return created.kind === 'stored' ? { versionId: created.versionId } : undefined;
    },
    // The row has what tags say elsewhere.
    tag: () => Promise.resolve(),
    scheduleDeletion: remove,
    deleteNow: remove,
    restore: () => Promise.resolve(),
  };

  function factsOf(
    connection: string,
    kind: SecretKind,
    { intent, versionId }: { readonly intent: Intent; readonly versionId: string | undefined },
  ): SecretFacts {
    const spec = { dataCenter: intent.dataCenter as DataCenterLocation | undefined, scopes: intent.scopes };
    return {
      arn: `${tableOf(kind)}/${connection}`,
      tags: kind === 'access-token' ? specTags(deployment, spec) : ownTags(deployment),
      createdAtMs: undefined,
      changedAtMs: undefined,
      deletedAtMs: undefined,
      lastReadMs: undefined,
      keyId: keyArn,
      replicaRegions: [],
      currentVersionId: versionId,
      pendingVersionId: undefined,
    };
  }
}
