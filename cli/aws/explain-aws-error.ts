import { isCiphertextRefused } from '../../lambdas/adapters/aws-error-kinds.ts';
import { type FailedCall, InfrastructureError } from '../../lambdas/core/failures.ts';
import { CliError } from '../cli-error.ts';
import { explainSignIn } from './explain-sign-in.ts';
import { explainUnreachable } from './explain-unreachable.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** An error of AWS as an error for the user; undefined when it is not an error of AWS. */
export function explainAwsError(error: unknown, environment: Environment): CliError | undefined {
  const signIn = explainSignIn(error);
  if (signIn !== undefined || !(error instanceof InfrastructureError)) return signIn;
  const unreachable = error.call === undefined ? undefined : explainUnreachable(error.call, environment);
  return unreachable ?? explainCall(error);
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
      if (isCiphertextRefused(call.errorName)) return new CliError(failure.message);
      return new CliError(
        `You have no permission to use the KMS key of the secret: ${what} failed.`,
        'Ask for the KMS statement in docs/operator-policy.json (the SSM parameter `key` of the deployment names the key).',
      );
    case 'aws_throttled':
      return new CliError(`AWS throttled ${what}: too many requests.`, 'Try again in a minute.');
    case 'aws_not_found':
      return new CliError(
        `${what} failed: the resource does not exist.`,
        'Check its name if you gave one; else that the stack is deployed and that the connection is connected.',
      );
    case 'secret_being_deleted':
      return new CliError(
        `${what} failed: the secret is scheduled for deletion.`,
        'Restore it: zoho-tokens connect NAME --data-center …, or aws secretsmanager restore-secret.',
      );
    default:
      return new CliError(
        `${what} failed (${call.errorName}).`,
        `Try again in a minute. The AWS Health Dashboard says whether the service has a problem.${adviceFor(call)}`,
      );
  }
}

/** What helps in an outage that outlasts the tokens. */
function adviceFor({ action }: FailedCall): string {
  return action.startsWith('dynamodb:') ? ' If it lasts, see docs/runbooks/DynamoDbOutage.md.' : '';
}
