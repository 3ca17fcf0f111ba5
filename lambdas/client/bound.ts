import type { CompleteClock } from './client-clock.ts';

/**
 * Runs work and waits for it: until `ms` have passed, with the result of `late`, which gets a `TimeoutError`, or until `outer` aborts, with its reason. Then
 * the signal of the work aborts, and what the work still does is ignored. If the result is a response, `outer` still ends the
 * reading of its body. `AbortSignal.any` would lose its timeout to garbage collection on Node.js 20 and 22.
 */
export const withDeadline = async <T, L>(
  clock: Pick<CompleteClock, 'sleep'>,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  late: (error: DOMException) => L,
  outer?: AbortSignal | null,
): Promise<T | L> => {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const timer = new AbortController();
  let unlink = () => {};
  try {
    const result = await new Promise<T | L>((resolve, reject) => {
      const follow = () => {
        reject(outer?.reason);
        controller.abort(outer?.reason);
      };
      outer?.addEventListener('abort', follow);
      unlink = () => outer?.removeEventListener('abort', follow);
      const expire = async () => late(new DOMException('', 'TimeoutError'));
      void clock.sleep(ms, timer.signal).then(() => {
        if (timer.signal.aborted) return;
        resolve(expire());
        controller.abort();
      });
      work(controller.signal).then(resolve, reject);
    });
    if (outer && (result as Partial<Response> | undefined)?.body) {
      unusedBodies.register(result as object, unlink);
      unlink = () => {};
    }
    return result;
  } finally {
    // Without a reason it would make an error.
    timer.abort(null);
    unlink();
  }
};

/** A listener of a body that no one reads is removed with its response, because a signal may outlive many calls. */
const unusedBodies = new FinalizationRegistry<() => void>((unlink) => unlink());
