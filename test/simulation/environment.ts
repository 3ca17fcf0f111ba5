import type { EventQueue } from './event-queue.ts';

/** Why a process was invoked. */
export interface Task {
  readonly kind: 'scheduled' | 'forced';
  /** Generation of the token that Zoho rejected. */
  readonly rejectedGeneration?: number | undefined;
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
  readonly #skewMs: number;
  /** Called after each delivery, so that the process can run to its next wait. */
  readonly #onDelivered: () => void;
  readonly #onEnd: (() => void)[] = [];
  #task: Task = { kind: 'scheduled' };
  #invocation = 0;
  #isDead = false;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
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

  /** The clock of this machine, which is off by a constant. */
  now(): number {
    return this.#queue.now() + this.#skewMs;
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
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#queue.now() + ms);
  }

  /** Ends the process as the kernel does: none of its code runs again, and its connections are closed. */
  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const run of this.#onEnd) run();
  }

  onEnd(run: () => void): void {
    this.#onEnd.push(run);
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
