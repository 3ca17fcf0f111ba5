import { type FailureCode, InfrastructureError } from '../../../lambdas/core/failures.ts';
import type { AwsTrouble, BegunCall } from './contract.ts';

/** What the core is told of a call of AWS that ends in trouble. */
export const CODE_OF_TROUBLE = {
  denied: 'aws_access_denied',
  throttled: 'aws_throttled',
  'error without effect': 'aws_unavailable',
} as const satisfies Partial<Record<AwsTrouble, FailureCode>>;

/** A signal that never aborts. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** The code of the `InfrastructureError` that a call ends with; any other end is told as it is. */
export async function failureCodeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return { answered: await call };
  } catch (error) {
    return error instanceof InfrastructureError ? error.code : error;
  }
}

/** All that there is, in order. */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

/** A call that can be asked whether it is over. */
export function begun<T>(outcome: Promise<T>): BegunCall<T> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  outcome.then(end, end);
  return { isOver: () => isOver, outcome };
}

/** Lets everything run that waits for nothing. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
