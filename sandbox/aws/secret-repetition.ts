import { AwsError } from './aws-error.ts';
import type { SecretRecord, SecretValue } from './secret-record.ts';

/** What decides whether a creation is a repetition. */
interface RepeatedSecret {
  readonly name: string;
  readonly value?: SecretValue | undefined;
  readonly token?: string | undefined;
}

/** What a second creation under the same name returns; throws `AwsError` unless it is the same. */
export function sameAgain(existing: SecretRecord, asked: RepeatedSecret): SecretRecord {
  if (existing.deletionAtMs !== undefined)
    throw new AwsError(
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  const version = asked.token === undefined ? undefined : existing.versions.get(asked.token);
  if (version === undefined || asked.value === undefined)
    throw new AwsError(
      'ResourceExistsException',
      `The operation failed because the secret ${asked.name} already exists.`,
    );
  if (!isSameValue(version.value, asked.value)) throw tokenInUse(version.id, existing);
  return existing;
}

export function isSameValue(one: SecretValue, other: SecretValue): boolean {
  return one.kind === 'string'
    ? other.kind === 'string' && one.text === other.text
    : other.kind === 'binary' && one.base64 === other.base64;
}

export function tokenInUse(token: string, secret: SecretRecord): AwsError {
  return new AwsError(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ` +
      `${secret.arn}.`,
  );
}
