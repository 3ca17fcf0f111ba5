import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { classifyAwsError, hasName } from '../../adapters/aws-error-kinds.ts';
import { callAws, translateAwsError } from '../../adapters/aws-errors.ts';
import { writeCredentials } from '../../adapters/consent/credentials-writes.ts';
import { createCredentialsSecrets } from '../../adapters/credentials-secrets.ts';
import { accessTokenSecretName, credentialsSecretName } from '../../core/connection/connection-name.ts';
import { InfrastructureError } from '../../core/failures.ts';
import type { ConnectionSecretStore } from '../../core/invites/consent-ports.ts';
import { judgeForeign, judgeOwner } from '../../core/secrets/foreign-secret.ts';
import {
  MAX_TAG_LENGTH,
  ownTags,
  scopesTag,
  specFromTags,
  specTags,
  type Tags,
} from '../../core/secrets/secret-tags.ts';

/** Whose secrets they are. */
export interface SecretsOwner {
  readonly secretPrefix: string;
  readonly keyArn: string;
  /** Of the stack. */
  readonly tags: Tags;
}

interface Facts {
  readonly tags: Tags;
  readonly keyId: string | undefined;
  readonly replicaRegions: readonly string[];
  readonly isBeingDeleted: boolean;
}

/** What is refused as if the secret did not exist: IAM denies a secret that does not exist if the policy has a pattern. */
const MAY_BE_MISSING = ['aws_not_found', 'aws_access_denied', 'secret_being_deleted'];

/** The secrets of connections in Secrets Manager. Nothing is written into a secret that is not this deployment's own. */
export function createConnectionSecretStore(
  client: SecretsManagerClient,
  owner: SecretsOwner,
): ConnectionSecretStore {
  const { secretPrefix, keyArn } = owner;
  const credentials = createCredentialsSecrets(client, secretPrefix);
  const call = (action: string, resource: string) => ({ action: `secretsmanager:${action}`, resource });

  async function describe(SecretId: string, abortSignal: AbortSignal): Promise<Facts | undefined> {
    try {
      const answer = await client.send(new DescribeSecretCommand({ SecretId }), { abortSignal });
      return {
        tags: Object.fromEntries((answer.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
        keyId: answer.KmsKeyId,
        replicaRegions: (answer.ReplicationStatus ?? []).map(({ Region = '' }) => Region),
        isBeingDeleted: answer.DeletedDate !== undefined,
      };
    } catch (error) {
      const kind = classifyAwsError(error);
      if (kind === 'not-found' || kind === 'denied') return undefined;
      throw translateAwsError(error, call('DescribeSecret', SecretId));
    }
  }

  /** Restores a secret that is being deleted, and throws if it is not ours. No one else may read credentials. */
  async function makeUsable(SecretId: string, connection: string, facts: Facts, abortSignal: AbortSignal) {
    if (facts.isBeingDeleted)
      await callAws(call('RestoreSecret', SecretId), () =>
        client.send(new RestoreSecretCommand({ SecretId }), { abortSignal }),
      );
    const deployment = { secretPrefix, keyArn, stackName: '' };
    const isToken = SecretId === accessTokenSecretName(secretPrefix, connection);
    const foreign = isToken
      ? judgeOwner(connection, facts, deployment)
      : judgeForeign(connection, facts, await policyOf(SecretId, abortSignal), deployment);
    if (foreign === undefined) return;
    const message = `The secret ${SecretId} ${foreign.problem}. Nothing was written into it. ${foreign.advice}`;
    throw new InfrastructureError({ code: 'aws_access_denied', message });
  }

  async function policyOf(SecretId: string, abortSignal: AbortSignal): Promise<string | undefined> {
    const { ResourcePolicy } = await callAws(call('GetResourcePolicy', SecretId), () =>
      client.send(new GetResourcePolicyCommand({ SecretId }), { abortSignal }),
    );
    return ResourcePolicy;
  }

  /** Undefined if it exists already. */
  async function create(
    secret: { readonly Name: string; readonly Description: string; readonly SecretString?: string },
    tags: Tags,
    abortSignal: AbortSignal,
  ): Promise<{ readonly versionId: string } | undefined> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    try {
      const command = new CreateSecretCommand({ ...secret, KmsKeyId: keyArn, Tags });
      const { VersionId = '' } = await client.send(command, { abortSignal });
      return { versionId: VersionId };
    } catch (error) {
      if (hasName(error, 'ResourceExistsException')) return undefined;
      throw translateAwsError(error, call('CreateSecret', secret.Name));
    }
  }

  return {
    readCredentials: async (connection, signal) => {
      try {
        const stored = await credentials.read(connection, signal);
        return stored.kind === 'empty' ? { kind: 'none' } : stored;
      } catch (error) {
        const code = error instanceof InfrastructureError ? error.code : '';
        const isMissing = async () => {
          const facts = await describe(credentialsSecretName(secretPrefix, connection), signal);
          return facts === undefined || facts.isBeingDeleted;
        };
        if (MAY_BE_MISSING.includes(code) && (await isMissing())) return { kind: 'none' };
        throw error;
      }
    },

    readSpec: async (connection, signal) => {
      const facts = await describe(accessTokenSecretName(secretPrefix, connection), signal);
      return specFromTags(facts?.tags ?? {});
    },

    storeCredentials: async (connection, { text, fromVersionId }, signal) => {
      const secretName = credentialsSecretName(secretPrefix, connection);
      const facts = await describe(secretName, signal);
      if (facts === undefined) {
        const Description = `Zoho credentials of the connection ${connection}`;
        const secret = { Name: secretName, Description, SecretString: text.reveal() };
        const created = await create(secret, ownTags(owner), signal);
        return created === undefined ? { kind: 'conflict' } : { kind: 'stored', ...created };
      }
      await makeUsable(secretName, connection, facts, signal);
      return await writeCredentials(client, { secretName, text, fromVersionId }, () => signal);
    },

    prepareToken: async (connection, spec, abortSignal) => {
      const Name = accessTokenSecretName(secretPrefix, connection);
      const isFitting = scopesTag(spec).length <= MAX_TAG_LENGTH;
      const tags = specTags(owner, isFitting ? spec : { ...spec, scopes: [] });
      const Description = `Zoho access token of the connection ${connection}`;
      const facts = await describe(Name, abortSignal);
      if (facts === undefined && (await create({ Name, Description }, tags, abortSignal))) return;
      const existing = facts ?? (await describe(Name, abortSignal));
      if (existing !== undefined) await makeUsable(Name, connection, existing, abortSignal);
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await callAws(call('TagResource', Name), () =>
        client.send(new TagResourceCommand({ SecretId: Name, Tags }), { abortSignal }),
      );
    },
  };
}
