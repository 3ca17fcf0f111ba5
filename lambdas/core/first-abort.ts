import type { Clock } from './ports.ts';

/**
 * Aborts with the first of the signals. `AbortSignal.any` does not keep its sources alive: on Node 20 and 22, a timeout that
 * nothing else refers to may be collected as garbage, and the call never ends. Listeners keep them. Call `release` when the
 * work has ended.
 */
export function firstAbortOf(signals: readonly AbortSignal[]): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
  if (signals.some(({ aborted }) => aborted)) abort();
  const release = () => {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, release };
}

/** Runs work with a signal that also aborts after this time. */
export async function withTimeLimit<T>(
  clock: Pick<Clock, 'abortAfter'>,
  limitMs: number,
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal: limited, release } = firstAbortOf([signal, clock.abortAfter(limitMs)]);
  try {
    return await work(limited);
  } finally {
    release();
  }
}
