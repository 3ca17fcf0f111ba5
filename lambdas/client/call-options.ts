import { describeGiven } from '../core/describe-given.ts';
import { ZohoClientError } from './zoho-client-error.ts';

/** `setTimeout` fires at once for more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** What bounds one call. */
export interface CallOptions {
  readonly signal?: AbortSignal | null | undefined;
  readonly timeoutMs?: number | undefined;
}

/** What is wrong with a `timeoutMs`; undefined if nothing is. */
export function findTimeoutProblem(value: unknown): string | undefined {
  if (typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_MS) return undefined;
  return `timeoutMs must be milliseconds above 0 and at most ${MAX_TIMEOUT_MS}, is ${describe(value)}`;
}

/** Throws `invalid_argument` for what is not valid in the options of a call. */
export function checkCallOptions(options: CallOptions): void {
  if (typeof options !== 'object' || options === null)
    throw invalidArgument(`The options must be an object, are ${describeGiven(options)}`);
  const { signal, timeoutMs } = options;
  const problem = timeoutMs === undefined ? undefined : findTimeoutProblem(timeoutMs);
  if (problem !== undefined) throw invalidArgument(problem);
  if (signal != null && !(typeof signal === 'object' && 'aborted' in signal && 'addEventListener' in signal))
    throw invalidArgument(`signal must be an AbortSignal, is ${describeGiven(signal)}`);
}

/** Throws `invalid_argument` for what cannot be the generation of a token. */
export function checkGeneration(name: string, generation: unknown): void {
  if (Number.isSafeInteger(generation) && (generation as number) >= 0) return;
  throw invalidArgument(`${name} must be the generation of a token, is ${describe(generation)}`);
}

export function invalidArgument(problem: string): ZohoClientError {
  return new ZohoClientError('invalid_argument', `${problem}.`);
}

export function timeoutError(what: string, timeoutMs: number): ZohoClientError {
  return new ZohoClientError('timeout', `${what} did not end within ${timeoutMs} ms (timeoutMs). Try again.`);
}

function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : describeGiven(value);
}
