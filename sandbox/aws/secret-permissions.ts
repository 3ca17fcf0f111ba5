import type { IncomingHttpHeaders } from 'node:http';
import { awsFault } from './aws-error.ts';
import type { SecretStore } from './secret-store.ts';

/** Callers that the stand-in tells apart, by their access key ID. An administrator may do everything. */
export const ADMINISTRATOR = 'sandbox';

/** A Lambda function. Its policy names secrets by the pattern `NAME-??????`, as policies usually do. */
export const FUNCTION = 'sandbox-function';

/** The operations that create the secret which they name. */
const CREATING = ['CreateSecret'];

/**
 * Denies a function a secret that does not exist, as IAM does: it judges the bare name, which the pattern does not match.
 *
 * @throws {AwsError} AccessDeniedException
 */
export function denyMissingSecret(store: SecretStore, operation: string, secretId: string | undefined): void {
  if (secretId === undefined || CREATING.includes(operation) || store.find(secretId) !== undefined) return;
  throw awsFault(
    'AccessDeniedException',
    `User: arn:aws:sts::000000000000:assumed-role/function/sandbox is not authorized to perform: secretsmanager:${operation} ` +
      `on resource: ${secretId} because no identity-based policy allows the secretsmanager:${operation} action`,
  );
}

/** Whether a request is signed with the credentials of a function. */
export function isOfFunction({ authorization = '' }: IncomingHttpHeaders): boolean {
  return authorization.includes(`Credential=${FUNCTION}/`);
}
