import { GetSecretValueCommand, type GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type ParsedAccessToken, parseAccessToken } from '../core/secrets/access-token.ts';
import { translateAwsError } from './aws-errors.ts';
import { isSecretWithoutValue } from './secret-without-value.ts';

/** The content of a token secret. */
export type PublishedToken = ParsedAccessToken | { readonly ok: false; readonly problems: 'empty' };

/** Reads a token secret as a consumer does. Throws `InfrastructureError` if Secrets Manager fails. */
export type PublishedTokenReader = () => Promise<PublishedToken>;

export function createPublishedTokenReader(
  client: { send(command: GetSecretValueCommand): Promise<unknown> },
  secretName: string,
): PublishedTokenReader {
  return async () => {
    try {
      const { SecretString } = (await client.send(
        new GetSecretValueCommand({ SecretId: secretName, VersionStage: 'AWSCURRENT' }),
      )) as GetSecretValueCommandOutput;
      return parseAccessToken(SecretString ?? '');
    } catch (error) {
      if (isSecretWithoutValue(error)) return { ok: false, problems: 'empty' };
      throw translateAwsError(error, { action: 'secretsmanager:GetSecretValue', resource: secretName });
    }
  };
}
