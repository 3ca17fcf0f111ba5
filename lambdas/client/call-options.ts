import { withDeadline } from './bound.ts';
import type { CompleteClock } from './client-clock.ts';
import { checkArgument, OBJECT, TIMEOUT, withMethods } from './rules.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** What bounds one call. */
export interface CallOptions {
  readonly signal?: AbortSignal | null | undefined;
  readonly timeoutMs?: number | undefined;
}

const SIGNAL = withMethods('an AbortSignal', 'addEventListener', 'throwIfAborted');

/**
 * Checks the options of a call, and runs it within its bounds. Rejects with `invalid_argument`, with `timeout`, or with the
 * signal's reason.
 */
export const runCall = async <T>(
  what: string,
  clock: CompleteClock,
  defaults: CallOptions,
  given: CallOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  checkArgument('The options', OBJECT, given);
  const { signal = defaults.signal, timeoutMs = defaults.timeoutMs as number } = given;
  checkArgument('timeoutMs', TIMEOUT, timeoutMs);
  if (signal != null) checkArgument('signal', SIGNAL, signal);
  const late = () => {
    throw new ZohoClientError(
      'timeout',
      `${what} did not end within ${timeoutMs} ms (timeoutMs). Try again.`,
    );
  };
  return await withDeadline(clock, timeoutMs, work, late, signal);
};
