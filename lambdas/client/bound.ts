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
  let end: ((reason: unknown) => void) | undefined;
  const follow = () => {
    end?.(outer?.reason);
    controller.abort(outer?.reason);
  };
  const unlink = () => outer?.removeEventListener('abort', follow);
  let body: object | null | undefined;
  try {
    const result = await new Promise<T | L>((resolve, reject) => {
      end = reject;
      outer?.addEventListener('abort', follow);
      const expire = async () => late(new DOMException('', 'TimeoutError'));
      void clock.sleep(ms, timer.signal).then(() => {
        if (timer.signal.aborted) return;
        resolve(expire());
        controller.abort();
      });
      work(controller.signal).then(resolve, reject);
    });
    body = outer && (result as Partial<Response> | undefined)?.body;
    if (body) bodies.register(body, unlink);
    return result;
  } finally {
    // Without a reason it would make an error.
    timer.abort(null);
    // It leads to the promise of the response: the listener would keep the body, and the body the listener.
    end = undefined;
    if (!body) unlink();
  }
};

/** The listener of a body is removed with it, because a signal may outlive many calls. */
const bodies = new FinalizationRegistry<() => void>((unlink) => unlink());
