import { type FailureCode, InfrastructureError } from '../../../lambdas/core/failures.ts';
import type { AwsFault, PendingCall, Ports, PortsUnderTest } from './contract.ts';

/** The failure code of each fault that has no effect. */
export const CODE_OF_FAULT = {
  denied: 'aws_access_denied',
  throttled: 'aws_throttled',
  'error without effect': 'aws_unavailable',
} as const satisfies Partial<Record<AwsFault, FailureCode>>;

/** A signal that never aborts. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** The code of the `InfrastructureError` that a call rejects with. Another error, or an answer, is returned as it is. */
export async function failureCodeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return { answered: await call };
  } catch (error) {
    return error instanceof InfrastructureError ? error.code : error;
  }
}

/** All values, in order. */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

/** Watches whether a call has settled. */
export function watch<T>(outcome: Promise<T>): PendingCall<T> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  outcome.then(end, end);
  return { isOver: () => isOver, outcome };
}

/** Waits one turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Starts a call that gets no answer. Returns whether it ends after `ms`, not earlier, and how. */
export async function endOf<T>(
  world: PortsUnderTest,
  ms: number,
  start: (ports: Ports) => Promise<T>,
): Promise<{ readonly isOnTime: boolean; readonly outcome: Promise<T> }> {
  const call = await world.begin(start);
  await world.passTime(ms - 1);
  const isTooEarly = call.isOver();
  await world.passTime(1);
  return { isOnTime: !isTooEarly && call.isOver(), outcome: call.outcome };
}
