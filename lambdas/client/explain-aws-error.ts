import { type AwsErrorKind, classifyAwsError, nameOfAwsError } from '../adapters/aws-error-kinds.ts';

/**
 * Explains an error of the AWS SDK to a consumer: which call failed, on what, and what to do about it. AWS's own text is not
 * quoted: it may repeat what was sent.
 *
 * @param action IAM action, e.g. `secretsmanager:GetSecretValue`
 * @param resource name of the secret, function or namespace
 */
export const explainAwsError = (error: unknown, action: string, resource: string): string => {
  const kind = classifyAwsError(error);
  const advice =
    kind === 'denied' ? `Allow this process ${action} on it.` : (ADVICE[kind] ?? fallback(error));
  return `${action} on ${resource} failed (${nameOfAwsError(error)}). ${advice}`;
};

const ADVICE: Partial<Readonly<Record<AwsErrorKind, string>>> = {
  'kms-denied': 'Allow this process its KMS key, and check that it is enabled.',
  'credentials-missing': 'Give this process AWS credentials.',
  'credentials-rejected': "Correct this process's AWS credentials.",
  throttled: 'AWS throttles this call.',
  'not-found': 'Check its name and the AWS region.',
  'being-deleted': 'Restore it: it is being deleted.',
  'invalid-request': "Check this machine's clock.",
};

/** Source: `@smithy/config-resolver`, whose error has no name. */
const fallback = (error: unknown): string =>
  Object(error).message === 'Region is missing' ? 'Set AWS_REGION.' : 'Check the network and the AWS region.';
