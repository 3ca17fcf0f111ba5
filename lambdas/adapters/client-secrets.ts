import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { clientSecretName } from '../core/connection/connection-name.ts';
import type { ClientStore } from '../core/ports.ts';
import { Redacted } from '../core/redacted.ts';
import type { ClientVersion } from '../core/secrets/shared-client.ts';
import { classifyAwsError } from './aws-error-kinds.ts';
import { translateAwsError } from './aws-errors.ts';
import { moveLabel } from './move-label.ts';
import { untilAborted } from './until-aborted.ts';

const CURRENT = 'AWSCURRENT';
/** The label of a new secret until Zoho accepts it. */
export const PENDING = 'AWSPENDING';

/** The secrets of shared clients in Secrets Manager. */
export function createClientSecrets(client: SecretsManagerClient, secretPrefix: string): ClientStore {
  async function read(name: string, stage: string, signal: AbortSignal): Promise<ClientVersion | undefined> {
    const secretName = clientSecretName(secretPrefix, name);
    try {
      const command = new GetSecretValueCommand({ SecretId: secretName, VersionStage: stage });
      const { SecretString, VersionId } = await untilAborted(
        signal,
        client.send(command, { abortSignal: signal }),
      );
      return { versionId: VersionId ?? '', text: new Redacted(SecretString ?? '') };
    } catch (error) {
      if (IS_NO_CLIENT.includes(classifyAwsError(error))) return undefined;
      throw translateAwsError(error, { action: 'secretsmanager:GetSecretValue', resource: secretName });
    }
  }

  return {
    read: async (name, signal) => {
      const current = await read(name, CURRENT, signal);
      if (current === undefined) return undefined;
      const pending = await read(name, PENDING, signal);
      // Once it is current, the version keeps its label until the next rotation.
      const isNew = pending !== undefined && pending.text.reveal() !== current.text.reveal();
      return { current, pending: isNew ? pending : undefined };
    },
    promote: (name, { fromVersionId, pendingVersionId: toVersionId }, signal) => {
      const secretName = clientSecretName(secretPrefix, name);
      return moveLabel(client, { secretName, label: CURRENT, toVersionId, fromVersionId }, signal);
    },
  };
}

/** IAM denies a secret that does not exist: it judges the bare name, which the pattern `NAME-??????` does not match. */
const IS_NO_CLIENT: readonly string[] = ['not-found', 'being-deleted', 'denied'];
