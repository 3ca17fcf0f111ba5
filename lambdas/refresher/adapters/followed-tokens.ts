import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { translateAwsError } from '../../adapters/aws-errors.ts';
import { isSecretWithoutValue } from '../../adapters/secret-without-value.ts';
import { untilAborted } from '../../adapters/until-aborted.ts';
import { accessTokenSecretName } from '../../core/connection/connection-name.ts';
import type { FollowedTokenStore } from '../../core/ports.ts';
import { parseAccessToken } from '../../core/secrets/access-token.ts';

/** The token secrets of another deployment in the same account and region. */
export function createFollowedTokens(client: SecretsManagerClient): FollowedTokenStore {
  return {
    read: async (secretPrefix, connection, signal) => {
      const secretName = accessTokenSecretName(secretPrefix, connection);
      try {
        const command = new GetSecretValueCommand({ SecretId: secretName, VersionStage: 'AWSCURRENT' });
        const { SecretString } = await untilAborted(signal, client.send(command, { abortSignal: signal }));
        return parseAccessToken(SecretString ?? '');
      } catch (error) {
        if (isSecretWithoutValue(error)) return { ok: false, problems: 'empty' };
        throw translateAwsError(error, { action: 'secretsmanager:GetSecretValue', resource: secretName });
      }
    },
  };
}
