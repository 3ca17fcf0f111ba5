import type { EventQueue } from './event-queue.ts';

/** What a process works on. */
export interface Task {
  readonly kind: 'scheduled' | 'forced';
  /** Generation of the token that a consumer was rejected with. */
  readonly rejectedGeneration?: number | undefined;
}

/** One for all, since making its stack trace is slow. */
const TIMED_OUT = new DOMException('The operation timed out.', 'TimeoutError');

/**
 * One Lambda execution environment as the rest of the world sees it: a process with a clock of its own, which may stop
 * for a while (everything that reaches it then waits) and may die (nothing reaches it any more).
 */
export class Environment {
  readonly id: string;
  readonly #queue: EventQueue;
  readonly #skewMs: number;
  /** Lets what the process does with a delivery run to its end. */
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

  /** The clock of this machine: right but for a constant. */
  now(): number {
    return this.#queue.now() + this.#skewMs;
  }

  /** The signals of an invocation that is over are left alone: nobody listens to them any more. */
  abortAfter(ms: number): AbortSignal {
    const controller = new AbortController();
    const invocation = this.#invocation;
    const isOver = () => invocation !== this.#invocation;
    if (ms <= 0) controller.abort(TIMED_OUT);
    else this.deliverAfter(ms, () => isOver() || controller.abort(TIMED_OUT), isOver);
    return controller.signal;
  }

  /** The process is given the next thing to work on. */
  beginInvocation(task: Task): void {
    this.#task = task;
    this.#invocation += 1;
  }

  /** Names the next call that the process makes. */
  nameCall(operation: string): string {
    this.#calls += 1;
    return `${this.id} call ${this.#calls} ${operation}`;
  }

  /** Something reaches the process, now or when it goes on; never when it is dead. `isVoid`: it does not matter any more. */
  deliverAfter(ms: number, run: () => void, isVoid?: () => boolean): void {
    this.#queue.after(ms, () => {
      if (isVoid?.() !== true) this.#deliver(run);
    });
  }

  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#queue.now() + ms);
  }

  /** Ends the process as the kernel would: nothing in it gets to run again, and its connections are closed. */
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
