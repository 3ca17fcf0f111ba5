import { classifyAwsErrorName } from '../../lambdas/adapters/aws-errors.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import { CliError } from '../cli-error.ts';

/** An error of AWS as an error for the user; undefined when it is not an error of AWS. */
export function explainAwsError(error: unknown): CliError | undefined {
  return explainSignIn(error) ?? (error instanceof InfrastructureError ? explainCall(error) : undefined);
}

/** Errors about the caller's credentials and region, which do not depend on the call. */
function explainSignIn(error: unknown): CliError | undefined {
  const isCall = error instanceof InfrastructureError;
  const name = isCall ? error.call?.errorName : error instanceof Error ? error.name : undefined;
  switch (classifyAwsErrorName(name ?? '')) {
    case 'credentials-missing':
      return new CliError(
        'No AWS credentials were found.',
        'Sign in (aws sso login, aws configure), or set --profile.',
      );
    case 'credentials-rejected':
      return new CliError(
        'AWS rejects your credentials: they are expired or wrong.',
        'Sign in again (aws sso login), or check AWS_PROFILE and --profile.',
      );
    default:
      return !isCall && error instanceof Error && /region is missing/i.test(error.message)
        ? new CliError('No AWS region is set.', 'Set --region or AWS_REGION.')
        : undefined;
  }
}

function explainCall({ call, failure }: InfrastructureError): CliError {
  if (call === undefined) return new CliError(failure.message);
  const what = `${call.action} on ${call.resource}`;
  switch (failure.code) {
    case 'aws_access_denied':
      return new CliError(
        `You have no permission for ${what}.`,
        'Ask for the permissions in docs/operator-policy.json.',
      );
    case 'aws_kms_denied':
      return new CliError(
        `You have no permission to use the KMS key of the secret: ${what} failed.`,
        'Ask for the KMS statement in docs/operator-policy.json (the key is the stack output KeyArn).',
      );
    case 'aws_throttled':
      return new CliError(`AWS throttled ${what}: too many requests.`, 'Try again in a minute.');
    case 'aws_not_found':
      return new CliError(
        `${what} failed: the resource does not exist.`,
        'Check that the stack is deployed and that the connection is connected.',
      );
    case 'secret_being_deleted':
      return new CliError(
        `${what} failed: the secret is scheduled for deletion.`,
        'Restore it: zoho-tokens connect NAME --data-center …, or aws secretsmanager restore-secret.',
      );
    default:
      return new CliError(
        `${what} failed (${call.errorName}).`,
        'Try again. AWS may be down or unreachable from here.',
      );
  }
}
