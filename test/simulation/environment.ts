import type { EventQueue } from './event-queue.ts';

/** Why a process was invoked. */
export interface Task {
  readonly kind: 'scheduled' | 'forced';
  /** Who wanted a forced refresh. */
  readonly reason?: 'unauthorized' | 'operator' | undefined;
  /** Generation of the token that Zoho rejected. */
  readonly rejectedGeneration?: number | undefined;
  /** The clock of the machine was set since the process was invoked. */
  readonly clockWasSet?: true;
}

/** Shared, because building a stack trace is slow. */
const TIMED_OUT = new DOMException('The operation timed out.', 'TimeoutError');

/**
 * One Lambda execution environment: a process with a clock of its own. While it is paused, everything that is delivered to it
 * waits; once it is dead, nothing is delivered any more.
 */
export class Environment {
  readonly id: string;
  readonly #queue: EventQueue;
  #skewMs: number;
  /** Called after each delivery, so that the process can run to its next wait. */
  readonly #onDelivered: () => void;
  readonly #onEnd = new Set<() => void>();
  #task: Task = { kind: 'scheduled' };
  #invocation = 0;
  #isDead = false;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #pausedMs = 0;
  #calls = 0;

  constructor(
    id: string,
    { queue, skewMs, onDelivered }: { queue: EventQueue; skewMs: number; onDelivered: () => void },
  ) {
    this.id = id;
    this.#queue = queue;
    this.#skewMs = skewMs;
    this.#onDelivered = onDelivered;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get task(): Task {
    return this.#task;
  }

  get isPaused(): boolean {
    return this.#queue.now() < this.#pausedUntilMs;
  }

  /** The clock of this machine, which is off by a constant until it jumps. */
  now(): number {
    return this.#queue.now() + this.#skewMs;
  }

  /** Sets the clock forward, or back. Timers are not affected. */
  jumpClock(ms: number): void {
    this.#skewMs += ms;
    this.#task = { ...this.#task, clockWasSet: true };
  }

  /** How long the process has existed and was not paused, in true time. */
  awakeMs(): number {
    return this.#queue.now() - this.#pausedMs + Math.max(0, this.#pausedUntilMs - this.#queue.now());
  }

  /** Resolves after `ms`, or once `signal` aborts. Never when the process is dead by then. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let isOver = signal?.aborted === true;
      const wake = () => {
        isOver = true;
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      if (isOver) return wake();
      signal?.addEventListener('abort', wake);
      this.deliverAfter(ms, wake, () => isOver);
    });
  }

  /** A signal that aborts after `ms`, unless its invocation is over by then. */
  abortAfter(ms: number): AbortSignal {
    const controller = new AbortController();
    const invocation = this.#invocation;
    const isOver = () => invocation !== this.#invocation;
    if (ms <= 0) controller.abort(TIMED_OUT);
    else this.deliverAfter(ms, () => isOver() || controller.abort(TIMED_OUT), isOver);
    return controller.signal;
  }

  beginInvocation(task: Task): void {
    this.#task = task;
    this.#invocation += 1;
  }

  /** A unique name for the next call of this process. */
  nameCall(operation: string): string {
    this.#calls += 1;
    return `${this.id} call ${this.#calls} ${operation}`;
  }

  /** Delivers to the process, or when its pause ends; never when it is dead or `isVoid` returns true. */
  deliverAfter(ms: number, run: () => void, isVoid?: () => boolean): void {
    this.#queue.after(ms, () => {
      if (isVoid?.() !== true) this.#deliver(run);
    });
  }

  pause(ms: number): void {
    const fromMs = Math.max(this.#pausedUntilMs, this.#queue.now());
    const untilMs = Math.max(fromMs, this.#queue.now() + ms);
    this.#pausedMs += untilMs - fromMs;
    this.#pausedUntilMs = untilMs;
  }

  /** Ends the process as the kernel does: none of its code runs again, and its connections are closed. */
  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const run of this.#onEnd) run();
  }

  /** Returns a function that removes the callback. */
  onEnd(run: () => void): () => void {
    this.#onEnd.add(run);
    return () => this.#onEnd.delete(run);
  }

  #deliver(run: () => void): void {
    if (this.#isDead) return;
    if (this.isPaused) {
      this.#queue.at(this.#pausedUntilMs, () => this.#deliver(run));
      return;
    }
    run();
    this.#onDelivered();
  }
}
