import {
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { isSameKey } from '../../lambdas/core/secrets/foreign-secret.ts';
import { CliError } from '../cli-error.ts';
import type { SecretKind } from '../secrets/connection-secrets.ts';

/** A secret whose key is replaced. */
export interface SecretToReencrypt {
  readonly name: string;
  readonly kind: SecretKind;
  /** Its key now, as DescribeSecret returns it; undefined for `aws/secretsmanager`. */
  readonly oldKey: string | undefined;
  readonly newKeyArn: string;
}

/** The version that has AWSCURRENT, and the keys under which it can be decrypted. Undefined while the secret is empty. */
export async function readCurrentVersion(
  client: SecretsManagerClient,
  secretName: string,
): Promise<{ readonly versionId: string; readonly keyIds: readonly string[] } | undefined> {
  const call = { action: 'secretsmanager:ListSecretVersionIds', resource: secretName };
  const list = new ListSecretVersionIdsCommand({ SecretId: secretName, MaxResults: 100 });
  const { Versions = [] } = await callAws(call, () => client.send(list));
  const current = Versions.find(({ VersionStages = [] }) => VersionStages.includes('AWSCURRENT'));
  return current && { versionId: current.VersionId ?? '', keyIds: current.KmsKeyIds ?? [] };
}

/** Whether a version can be decrypted with a key. AWS may list none: then it is assumed. */
export function isUnderKey(keyIds: readonly string[], keyArn: string): boolean {
  return keyIds.length === 0 || keyIds.some((keyId) => isSameKey(keyId, keyArn));
}

/**
 * Re-encrypts a secret with another key. Secrets Manager re-encrypts the labelled versions only if the caller may decrypt with
 * the old key and encrypt with the new one, and otherwise says nothing. So the value is read first, to be sure of the old
 * key, and the keys of the current version are checked afterwards.
 */
export async function reencryptSecret(
  client: SecretsManagerClient,
  secret: SecretToReencrypt,
): Promise<void> {
  const { name, kind, newKeyArn } = secret;
  const before = await readCurrentVersion(client, name);
  const value = before === undefined ? undefined : await readWithOldKey(client, secret);
  const update = new UpdateSecretCommand({ SecretId: name, KmsKeyId: newKeyArn });
  await callAws({ action: 'secretsmanager:UpdateSecret', resource: name }, () => client.send(update));
  const after = await readCurrentVersion(client, name);
  if (after === undefined || isUnderKey(after.keyIds, newKeyArn)) return;
  const isUnchanged = value !== undefined && value.versionId === after.versionId;
  // The refresher replaces a token with the next refresh. Credentials are stored again, as a new version.
  if (kind === 'access-token' || !isUnchanged) throw notReencrypted(name, newKeyArn);
  const put = new PutSecretValueCommand({ SecretId: name, SecretString: value.text.reveal() });
  await callAws({ action: 'secretsmanager:PutSecretValue', resource: name }, () => client.send(put));
}

async function readWithOldKey(
  client: SecretsManagerClient,
  { name, oldKey }: SecretToReencrypt,
): Promise<{ readonly versionId: string; readonly text: Redacted }> {
  const get = new GetSecretValueCommand({ SecretId: name, VersionStage: 'AWSCURRENT' });
  const call = { action: 'secretsmanager:GetSecretValue', resource: name };
  try {
    const { VersionId = '', SecretString = '' } = await callAws(call, () => client.send(get));
    return { versionId: VersionId, text: new Redacted(SecretString) };
  } catch (error) {
    if (error instanceof InfrastructureError && error.code === 'aws_kms_denied')
      throw unusableKey(name, oldKey);
    throw error;
  }
}

function unusableKey(secretName: string, keyId = 'aws/secretsmanager'): CliError {
  return new CliError(
    `${secretName} cannot be decrypted: its KMS key ${keyId} is disabled or about to be deleted, or you may not use it.`,
    [
      `See its state: aws kms describe-key --key-id ${keyId} --query KeyMetadata.KeyState`,
      `PendingDeletion: aws kms cancel-key-deletion --key-id ${keyId}, then aws kms enable-key --key-id ${keyId}`,
      `Disabled: aws kms enable-key --key-id ${keyId}`,
      'Enabled: ask for the statement OnlyToAdoptSecretsOfAnotherKey in docs/operator-policy.json.',
      'If the key is gone, so are the credentials: disconnect or delete the secret, and authorize again.',
    ].join('\n  '),
  );
}

function notReencrypted(secretName: string, keyArn: string): CliError {
  return new CliError(
    `Secrets Manager did not re-encrypt ${secretName}: you may not encrypt with the key ${keyArn}.`,
    'Ask for kms:Encrypt, as in docs/operator-policy.json, and run the command again.',
  );
}
