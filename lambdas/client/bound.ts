import type { CompleteClock } from './client-clock.ts';

/**
 * Ends waiting: after a number of milliseconds, or once another signal aborts. The work that is waited for continues, unless
 * it listens to `signal` itself. `AbortSignal.any` would lose its timeout to garbage collection on Node.js 20 and 22.
 */
export class Bound {
  readonly #controller = new AbortController();
  readonly #timer = new AbortController();
  readonly #unlink: () => void;

  constructor(
    clock: Pick<CompleteClock, 'sleep'>,
    ms: number,
    reason: () => unknown,
    outer?: AbortSignal | null,
  ) {
    const follow = () => this.#controller.abort(outer?.reason);
    this.#unlink = () => outer?.removeEventListener('abort', follow);
    if (outer?.aborted === true) {
      follow();
      return;
    }
    outer?.addEventListener('abort', follow);
    void clock.sleep(ms, this.#timer.signal).then(() => {
      if (!this.#timer.signal.aborted) this.#controller.abort(reason());
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles like `work`, or rejects with the signal's reason. */
  wait<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const abandon = () => reject(signal.reason);
      if (signal.aborted) abandon();
      else signal.addEventListener('abort', abandon);
      void work.then(resolve, reject).then(() => signal.removeEventListener('abort', abandon));
    });
  }

  /** Stops the timer and no longer listens. With a response, the other signal still ends the reading of its body. */
  end(response?: Response): void {
    this.#timer.abort();
    if (response?.body == null) this.#unlink();
    else unusedBodies.register(response, this.#unlink);
  }
}

/** A listener of a body that no one reads is removed with its response, because a signal may outlive many calls. */
const unusedBodies = new FinalizationRegistry<() => void>((unlink) => unlink());

/** Runs work with a deadline: afterwards it is aborted, and the result is that of `late`. */
export async function withDeadline<T, L>(
  clock: Pick<CompleteClock, 'sleep'>,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => L,
): Promise<T | L> {
  const bound = new Bound(clock, ms, () => undefined);
  try {
    return await bound.wait(work(bound.signal));
  } catch (error) {
    if (bound.signal.aborted) return late();
    throw error;
  } finally {
    bound.end();
  }
}
