import { classOf, type Failure } from '../../lambdas/core/failures.ts';
import { CliError } from '../cli-error.ts';

/**
 * Zoho's refusal, or its silence, for a person who may try again: the refresher, which does so by itself, has other words for
 * it. Nothing may have been changed so far. `mend` is said of what does not pass by itself.
 */
export function refusedByZoho(
  { code, message }: Failure,
  { again, mend = again }: { readonly again: string; readonly mend?: string },
): CliError {
  switch (classOf(code)) {
    case 'throttled':
      return new CliError(
        'Zoho says that there are too many requests.',
        `Nothing was changed. Wait ten minutes. ${again}`,
      );
    case 'transient':
      return new CliError(message.replace(' Tried again soon.', ''), `Nothing was changed. ${again}`);
    default:
      return new CliError(message, `Nothing was changed. ${mend}`);
  }
}
