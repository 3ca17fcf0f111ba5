import {
  type AwsErrorKind,
  classifyAwsError,
  classifyAwsErrorName,
} from '../../lambdas/adapters/aws-errors.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import { CliError } from '../cli-error.ts';

/** What went wrong at AWS, for the person at the terminal; undefined when the error is of another kind. */
export function explainAwsError(error: unknown): CliError | undefined {
  const credentials = explainCredentials(kindOf(error));
  if (credentials !== undefined) return credentials;
  if (!(error instanceof InfrastructureError)) {
    return error instanceof Error && /region is missing/i.test(error.message)
      ? new CliError('No AWS region is set.', 'Give --region, or set AWS_REGION.')
      : undefined;
  }
  const { call, failure } = error;
  if (call === undefined) return new CliError(failure.message);
  const what = `${call.action} on ${call.resource}`;
  switch (failure.code) {
    case 'aws_access_denied':
      return new CliError(
        `You have no permission for ${what}.`,
        'docs/operator-policy.json has all that an operator needs.',
      );
    case 'aws_kms_denied':
      return new CliError(
        `${what}: you may not use the KMS key of the secret.`,
        'docs/operator-policy.json has the statement for the key (stack output KeyArn).',
      );
    case 'aws_throttled':
      return new CliError(`${what}: AWS says that there are too many requests.`, 'Try again in a minute.');
    case 'aws_not_found':
      return new CliError(
        `${what}: it does not exist.`,
        'Is the stack deployed, and the connection connected?',
      );
    case 'secret_being_deleted':
      return new CliError(
        `${what}: the secret is scheduled for deletion.`,
        'zoho-tokens connect NAME takes it back; so does: aws secretsmanager restore-secret --secret-id …',
      );
    default:
      return new CliError(
        `${what} failed (${call.errorName}).`,
        'Try again; AWS may be down, or out of reach.',
      );
  }
}

function kindOf(error: unknown): AwsErrorKind {
  if (!(error instanceof InfrastructureError)) return classifyAwsError(error);
  return error.call === undefined ? 'unavailable' : classifyAwsErrorName(error.call.errorName);
}

/** Errors that come before AWS looks at what was asked for. */
function explainCredentials(kind: AwsErrorKind): CliError | undefined {
  if (kind === 'credentials-missing') {
    return new CliError(
      'No AWS credentials were found.',
      'Sign in (aws sso login, aws configure) or give --profile.',
    );
  }
  if (kind === 'credentials-rejected') {
    return new CliError(
      'AWS does not accept your credentials: they are expired or wrong.',
      'Sign in again (aws sso login), or check AWS_PROFILE and --profile.',
    );
  }
  return undefined;
}
