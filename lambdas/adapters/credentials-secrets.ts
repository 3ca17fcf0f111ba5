import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { credentialsSecretName } from '../core/connection/connection-name.ts';
import type { CredentialsStore } from '../core/ports.ts';
import { Redacted } from '../core/redacted.ts';
import { translateAwsError } from './aws-errors.ts';
import { isSecretWithoutValue } from './secret-without-value.ts';
import { untilAborted } from './until-aborted.ts';

/** The credentials secrets in Secrets Manager. */
export function createCredentialsSecrets(
  client: SecretsManagerClient,
  secretPrefix: string,
): CredentialsStore {
  return {
    read: async (connection, signal) => {
      const secretName = credentialsSecretName(secretPrefix, connection);
      try {
        const command = new GetSecretValueCommand({ SecretId: secretName, VersionStage: 'AWSCURRENT' });
        const { SecretString, VersionId } = await untilAborted(
          signal,
          client.send(command, { abortSignal: signal }),
        );
        return { kind: 'found', versionId: VersionId ?? '', text: new Redacted(SecretString ?? '') };
      } catch (error) {
        if (isSecretWithoutValue(error)) return { kind: 'empty' };
        throw translateAwsError(error, { action: 'secretsmanager:GetSecretValue', resource: secretName });
      }
    },
  };
}
