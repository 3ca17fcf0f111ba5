import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { hasName } from '../../lambdas/adapters/aws-error-kinds.ts';
import { callAws, translateAwsError } from '../../lambdas/adapters/aws-errors.ts';
import { createClientSecrets } from '../../lambdas/adapters/client-secrets.ts';
import {
  type CredentialsWrite,
  writeCredentials,
} from '../../lambdas/adapters/consent/credentials-writes.ts';
import { createCredentialsSecrets } from '../../lambdas/adapters/credentials-secrets.ts';
import { readLastPublished } from '../../lambdas/adapters/last-published.ts';
import { createPublishedTokenReader, type PublishedToken } from '../../lambdas/adapters/published-token.ts';
import type { LastPublished } from '../../lambdas/core/connection/lost-row.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import type { ClientStore, StoredCredentials } from '../../lambdas/core/ports.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { referredClient } from '../../lambdas/core/secrets/credentials.ts';
import { isClientName, type StoredClient } from '../../lambdas/core/secrets/shared-client.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { DESCRIPTION_OF, NAME_OF, type SecretKind } from './secret-kinds.ts';

export type { SecretKind } from './secret-kinds.ts';

/** Metadata of a secret, without its value. */
export interface SecretFacts {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAtMs: number | undefined;
  /** When its value or metadata changed last. */
  readonly changedAtMs: number | undefined;
  /** When its deletion was requested; undefined when it is not scheduled for deletion. */
  readonly deletedAtMs: number | undefined;
  /** The day of the last read by anyone, including the refresher; undefined when it was never read. */
  readonly lastReadMs: number | undefined;
  /** As it was given when the secret was created: ARN, ID or alias. Undefined for the key `aws/secretsmanager`. */
  readonly keyId: string | undefined;
  /** Regions with a replica. */
  readonly replicaRegions: readonly string[];
  /** The version that has AWSCURRENT; undefined when the secret is empty. */
  readonly currentVersionId: string | undefined;
  /** The version that has AWSPENDING: the new secret of a shared client. */
  readonly pendingVersionId: string | undefined;
}

/** A version of the credentials secret. */
export interface LabelledCredentials {
  readonly versionId: string;
  readonly text: Redacted;
}

/** The two secrets of each connection, for an operator. Methods throw `InfrastructureError` when AWS fails. */
export interface ConnectionSecrets {
  nameOf(connection: string, kind: SecretKind): string;
  /** Undefined when there is no client of this name, or it may not be read. */
  readClient(client: string): Promise<StoredClient | undefined>;
  /** Makes the new secret of a client the current one, if the old one still is. */
  promoteClient: ClientStore['promote'];
  /** Credentials with the client that they refer to. */
  withClient(stored: StoredCredentials): Promise<StoredCredentials>;
  /** With the client that they refer to. Empty also when the secret does not exist. */
  readCredentials(connection: string): Promise<StoredCredentials>;
  /** Writes one new version. A reader gets either all old or all new credentials. */
  writeCredentials(connection: string, text: Redacted): Promise<void>;
  /** Writes one new version, if the version that was seen is still current. */
  replaceCredentials(
    connection: string,
    text: Redacted,
    fromVersionId: string | undefined,
  ): Promise<CredentialsWrite>;
  /** The version with a label; undefined when there is none. */
  readLabelled(connection: string, label: string): Promise<LabelledCredentials | undefined>;
  readToken(connection: string): Promise<PublishedToken>;
  /** What is published, for a row that is missing. Undefined when the token secret does not exist. */
  lastPublished(connection: string): Promise<LastPublished | undefined>;
  /** Undefined when the secret does not exist. */
  describe(connection: string, kind: SecretKind): Promise<SecretFacts | undefined>;
  /** JSON of the secret's resource policy; undefined when it has none. */
  readPolicy(connection: string, kind: SecretKind): Promise<string | undefined>;
  /** Creates a secret, empty or with its first value. Undefined when it exists already. */
  create(
    connection: string,
    kind: SecretKind,
    secret: { readonly tags: Readonly<Record<string, string>>; readonly value?: Redacted },
  ): Promise<{ readonly versionId: string | undefined } | undefined>;
  tag(connection: string, kind: SecretKind, tags: Readonly<Record<string, string>>): Promise<void>;
  /** Schedules the deletion, after {@link RECOVERY_DAYS} days. */
  scheduleDeletion(connection: string, kind: SecretKind): Promise<void>;
  /** Deletes it at once and for good. */
  deleteNow(connection: string, kind: SecretKind): Promise<void>;
  /** Cancels a scheduled deletion. */
  restore(connection: string, kind: SecretKind): Promise<void>;
}

/** Days during which a disconnected connection can be restored: the maximum of Secrets Manager. */
export const RECOVERY_DAYS = 30;

export function createConnectionSecrets(
  client: SecretsManagerClient,
  { secretPrefix, keyArn }: Pick<Deployment, 'secretPrefix' | 'keyArn'>,
  signal: () => AbortSignal,
): ConnectionSecrets {
  const nameOf = (connection: string, kind: SecretKind) => NAME_OF[kind](secretPrefix, connection);
  const credentials = createCredentialsSecrets(client, secretPrefix);
  const clients = createClientSecrets(client, secretPrefix);

  /** Sends a command. Returns `undefined` for an error with one of the expected names. */
  async function send<Output>(
    action: string,
    resource: string,
    call: () => Promise<Output>,
    expected: readonly string[] = [],
  ): Promise<Output | undefined> {
    try {
      return await call();
    } catch (error) {
      if (expected.some((name) => hasName(error, name))) return undefined;
      throw translateAwsError(error, { action: `secretsmanager:${action}`, resource });
    }
  }

  /** IAM denies a secret that does not exist if the policy has a pattern: only DescribeSecret says which of both it is. */
  async function readCredentials(connection: string): Promise<StoredCredentials> {
    try {
      return await withClient(await credentials.read(connection, signal()));
    } catch (error) {
      const code = error instanceof InfrastructureError ? error.code : undefined;
      const mayBeMissing = code === 'aws_not_found' || code === 'aws_access_denied';
      if (!mayBeMissing || !(await isMissing(nameOf(connection, 'credentials')))) throw error;
      return { kind: 'empty' };
    }
  }

  async function withClient(stored: StoredCredentials): Promise<StoredCredentials> {
    const name = stored.kind === 'found' ? referredClient(stored.text) : undefined;
    if (stored.kind !== 'found' || !isClientName(name)) return stored;
    return { ...stored, clientText: (await clients.read(name, signal()))?.current.text };
  }

  async function isMissing(SecretId: string): Promise<boolean> {
    try {
      await client.send(new DescribeSecretCommand({ SecretId }));
      return false;
    } catch (error) {
      return hasName(error, NOT_FOUND);
    }
  }

  return {
    nameOf,
    readCredentials,
    readClient: (name) => clients.read(name, signal()),
    promoteClient: clients.promote,
    withClient,
    writeCredentials: async (connection, text) => {
      const SecretId = nameOf(connection, 'credentials');
      const put = new PutSecretValueCommand({ SecretId, SecretString: text.reveal() });
      await send('PutSecretValue', SecretId, () => client.send(put));
    },
    replaceCredentials: (connection, text, fromVersionId) => {
      const secretName = nameOf(connection, 'credentials');
      return writeCredentials(client, { secretName, text, fromVersionId }, signal);
    },
    readLabelled: async (connection, label) => {
      const SecretId = nameOf(connection, 'credentials');
      const get = new GetSecretValueCommand({ SecretId, VersionStage: label });
      const found = await send('GetSecretValue', SecretId, () => client.send(get), [NOT_FOUND]);
      return found && { versionId: found.VersionId ?? '', text: new Redacted(found.SecretString ?? '') };
    },
    readToken: (connection) => {
      const resource = nameOf(connection, 'access-token');
      const read = createPublishedTokenReader(client, resource);
      return callAws({ action: 'secretsmanager:GetSecretValue', resource }, () => read());
    },
    lastPublished: (name) =>
      readLastPublished(client, { name, secretName: nameOf(name, 'access-token'), signal: signal() }),
    describe: async (connection, kind) => {
      const SecretId = nameOf(connection, kind);
      const describe = new DescribeSecretCommand({ SecretId });
      const facts = await send('DescribeSecret', SecretId, () => client.send(describe), [NOT_FOUND]);
      if (facts === undefined) return undefined;
      const versionOf = (label: string) =>
        Object.entries(facts.VersionIdsToStages ?? {}).find(([, labels]) => labels.includes(label))?.[0];
      return {
        arn: facts.ARN ?? '',
        tags: Object.fromEntries((facts.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
        createdAtMs: facts.CreatedDate?.getTime(),
        deletedAtMs: facts.DeletedDate?.getTime(),
        lastReadMs: facts.LastAccessedDate?.getTime(),
        changedAtMs: facts.LastChangedDate?.getTime(),
        keyId: facts.KmsKeyId,
        replicaRegions: (facts.ReplicationStatus ?? []).map(({ Region = '' }) => Region),
        currentVersionId: versionOf('AWSCURRENT'),
        pendingVersionId: versionOf('AWSPENDING'),
      };
    },
    readPolicy: async (connection, kind) => {
      const SecretId = nameOf(connection, kind);
      const get = new GetResourcePolicyCommand({ SecretId });
      return (await send('GetResourcePolicy', SecretId, () => client.send(get)))?.ResourcePolicy;
    },
    create: async (connection, kind, { tags, value }) => {
      const Name = nameOf(connection, kind);
      const create = new CreateSecretCommand({
        Name,
        KmsKeyId: keyArn,
        Description: `${DESCRIPTION_OF[kind]} ${connection}`,
        Tags: tagList(tags),
        ...(value === undefined ? {} : { SecretString: value.reveal() }),
      });
      const created = await send('CreateSecret', Name, () => client.send(create), [
        'ResourceExistsException',
      ]);
      return created && { versionId: created.VersionId };
    },
    tag: async (connection, kind, tags) => {
      const SecretId = nameOf(connection, kind);
      const tagIt = new TagResourceCommand({ SecretId, Tags: tagList(tags) });
      await send('TagResource', SecretId, () => client.send(tagIt));
    },
    scheduleDeletion: async (connection, kind) => {
      const SecretId = nameOf(connection, kind);
      const remove = new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: RECOVERY_DAYS });
      await send('DeleteSecret', SecretId, () => client.send(remove));
    },
    deleteNow: async (connection, kind) => {
      const SecretId = nameOf(connection, kind);
      const remove = new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true });
      await send('DeleteSecret', SecretId, () => client.send(remove), [NOT_FOUND]);
    },
    restore: async (connection, kind) => {
      const SecretId = nameOf(connection, kind);
      await send('RestoreSecret', SecretId, () => client.send(new RestoreSecretCommand({ SecretId })));
    },
  };
}

const NOT_FOUND = 'ResourceNotFoundException';

function tagList(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
