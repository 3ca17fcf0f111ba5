import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type LastPublished, NOTHING_PUBLISHED, parseLastPublished } from '../core/connection/lost-row.ts';
import { InfrastructureError } from '../core/failures.ts';
import { translateAwsError } from './aws-errors.ts';
import { isSecretWithoutValue } from './secret-without-value.ts';
import { untilAborted } from './until-aborted.ts';

/** Codes of a secret that does not exist. IAM denies a missing secret if the policy names its ARN with `-??????`. */
const ABSENT: readonly string[] = ['aws_not_found', 'aws_access_denied', 'secret_being_deleted'];

/**
 * What the token secret says about a connection whose row is missing; undefined if there is no such secret. If a text that no
 * refresher wrote is current, the generation is that of the version before it. Throws `InfrastructureError` if it cannot be
 * said, for example when the KMS key is denied.
 */
export async function readLastPublished(
  client: SecretsManagerClient,
  { name, secretName, signal }: { name: string; secretName: string; signal: AbortSignal },
): Promise<LastPublished | undefined> {
  const read = async (VersionStage: string): Promise<LastPublished> => {
    const command = new GetSecretValueCommand({ SecretId: secretName, VersionStage });
    try {
      const { VersionId, SecretString } = await untilAborted(
        signal,
        client.send(command, { abortSignal: signal }),
      );
      return parseLastPublished(name, VersionId, SecretString ?? '');
    } catch (error) {
      if (isSecretWithoutValue(error)) return NOTHING_PUBLISHED;
      throw translateAwsError(error, { action: 'secretsmanager:GetSecretValue', resource: secretName });
    }
  };
  try {
    const current = await read('AWSCURRENT');
    const isEdited = current.versionId !== undefined && current.generation === 0;
    return isEdited ? { ...current, generation: (await read('AWSPREVIOUS')).generation } : current;
  } catch (error) {
    if (error instanceof InfrastructureError && ABSENT.includes(error.code)) return undefined;
    throw error;
  }
}
