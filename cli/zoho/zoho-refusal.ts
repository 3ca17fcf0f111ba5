import { classOf, type Failure, RETRIED } from '../../lambdas/core/failures.ts';
import { CliError } from '../cli-error.ts';

/**
 * Turns a refusal of Zoho, or a missing answer, into an error for the user. Call it only while nothing has been changed.
 * `retry` is the next step for an error that may pass, `fix` the next step for one that will not.
 */
export function zohoRefusal(
  { code, message }: Failure,
  { retry, fix = retry }: { readonly retry: string; readonly fix?: string },
): CliError {
  switch (classOf(code)) {
    case 'throttled':
      return new CliError(
        'Zoho throttles this client: too many requests.',
        `Nothing was changed. Wait ten minutes. ${retry}`,
      );
    case 'unusable-token':
    case 'transient':
      // The message ends with what the refresher does next. The CLI does not retry by itself.
      return new CliError(message.replace(` ${RETRIED}`, ''), `Nothing was changed. ${retry}`);
    default:
      return new CliError(message, `Nothing was changed. ${fix}`);
  }
}
