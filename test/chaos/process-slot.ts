import type {
  RefreshDueResponse,
  RefresherEvent,
  RefreshResponse,
} from '../../lambdas/core/refresh/refresher-events.ts';
import type { RefresherProcess } from '../../sandbox/processes/refresher-process.ts';
import type { Strike } from './chaos-plan.ts';

export type Answer = RefreshDueResponse | RefreshResponse;

/** An event that a process works on. */
export interface Task {
  readonly event: RefresherEvent;
  /** Settles with the answer, or with the reason why there is none. Never rejects. */
  readonly answered: Promise<Answer | Error>;
  /** As `answered`, but does not wait for a process that is struck. */
  readonly isOver: Promise<unknown>;
}

/** A process that was stopped: how, until when, and whose lease it took along. */
export interface Sleep {
  readonly strike: Strike;
  readonly wakesAtMs: number;
  /** The lease that the table showed when it was looked up; null when there was none. */
  lease?: { readonly connection: string; readonly generation: number } | null;
}

/**
 * One of the places for a process. One that was killed is replaced. Like Lambda's execution environments, each does one
 * event at a time.
 */
export class Slot {
  readonly #start: () => Promise<RefresherProcess>;
  #refresher: RefresherProcess | undefined;
  #ready: Promise<void> = Promise.resolve();
  #task: Task | undefined;
  #sleep: Sleep | undefined;
  #noteStrike = () => {};

  constructor(start: () => Promise<RefresherProcess>) {
    this.#start = start;
    this.#fill();
  }

  /** Settles when there is a process. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  get refresher(): RefresherProcess | undefined {
    return this.#refresher;
  }

  get sleep(): Sleep | undefined {
    return this.#sleep;
  }

  /** Whether it can be given an event. */
  get isFree(): boolean {
    return this.#refresher !== undefined && this.#task === undefined && this.#sleep === undefined;
  }

  /** Gives its process an event. */
  send(event: RefresherEvent, nowMs: number): Task {
    if (this.#refresher === undefined) throw new Error('There is no process in this slot.');
    const answered = this.#refresher.invoke<Answer>(event, nowMs).catch((error: Error) => error);
    const task = { event, answered, isOver: this.#orStruck(answered) };
    this.#task = task;
    void answered.then(() => {
      if (this.#task === task) this.#task = undefined;
    });
    return task;
  }

  /** Fires the timers of a process that is at work. */
  fireTimers(): void {
    if (this.#task !== undefined && this.#sleep === undefined) this.#refresher?.fireTimers();
  }

  kill(): void {
    this.#refresher?.killAtOnce();
    this.#refresher = undefined;
    this.#task = undefined;
    this.#noteStrike();
    this.#fill();
  }

  stop(sleep: Sleep): void {
    this.#refresher?.stop();
    this.#sleep = sleep;
    this.#noteStrike();
  }

  /** Continues a process that was stopped, and lets it finish what it was doing. */
  async wake(): Promise<void> {
    const timersFireLate = this.#sleep?.strike.timersFireLate ?? false;
    if (!timersFireLate) this.#refresher?.fireTimers();
    this.#sleep = undefined;
    this.#refresher?.continue();
    if (this.#task !== undefined) await this.#orStruck(this.#task.answered);
    if (timersFireLate) this.#refresher?.fireTimers();
  }

  #orStruck(answered: Promise<unknown>): Promise<unknown> {
    const struck = new Promise<void>((resolve) => {
      this.#noteStrike = resolve;
    });
    return Promise.race([answered, struck]);
  }

  #fill(): void {
    this.#ready = this.#start().then((refresher) => {
      this.#refresher = refresher;
    });
    // Whoever waits for it learns of a failure; when the world is closed meanwhile, nobody waits.
    this.#ready.catch(() => {});
  }
}
