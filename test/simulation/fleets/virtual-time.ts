import { EventQueue } from '../event-queue.ts';

/** A clock that jumps from one timer to the next as soon as nothing else is left to do. */
export class VirtualTime {
  readonly #queue: EventQueue;

  constructor(startMs: number) {
    this.#queue = new EventQueue(startMs);
  }

  readonly now = (): number => this.#queue.now();

  readonly abortAfter = (ms: number): AbortSignal => {
    const controller = new AbortController();
    if (ms <= 0) controller.abort(new DOMException('The time is over', 'TimeoutError'));
    else this.#queue.after(ms, () => controller.abort(new DOMException('The time is over', 'TimeoutError')));
    return controller.signal;
  };

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#queue.after(ms, resolve));
  }

  /** Lets the time pass until the work has ended. */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    let isOver = false;
    const ended = work.finally(() => {
      isOver = true;
    });
    // A rejection is the caller's, who awaits it below.
    ended.catch(() => undefined);
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!isOver && !this.#queue.step(Number.POSITIVE_INFINITY))
        throw new Error('The work waits for something that never happens.');
    }
    return ended;
  }
}
