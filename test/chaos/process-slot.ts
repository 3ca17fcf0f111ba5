import type {
  RefreshDueResponse,
  RefresherEvent,
  RefreshResponse,
} from '../../lambdas/core/refresh/refresher-events.ts';
import type { RefresherProcess } from '../../sandbox/processes/refresher-process.ts';
import type { Interruption } from './chaos-plan.ts';

export type Answer = RefreshDueResponse | RefreshResponse;

/** An event that a process is working on. */
export interface Task {
  /** Resolves with the answer, or with the error when there is none. Never rejects. */
  readonly answered: Promise<Answer | Error>;
  /** Like `answered`, but also resolves when the process is interrupted. */
  readonly isOver: Promise<unknown>;
}

/** How long a process is stopped, and the lease that it holds. */
export interface Suspension {
  readonly interruption: Interruption;
  readonly resumesAtMs: number;
  /** The lease in the table; null when it holds none, undefined until it was looked up. */
  lease?: { readonly connection: string; readonly generation: number } | null;
}

/** A place for one process, which handles one event at a time, as in Lambda. A killed process is replaced. */
export class ProcessSlot {
  readonly #start: () => Promise<RefresherProcess>;
  refresher: RefresherProcess | undefined;
  /** Resolves when the slot has a process. */
  ready: Promise<void> = Promise.resolve();
  suspension: Suspension | undefined;
  #task: Task | undefined;
  #onInterrupted = () => {};

  constructor(start: () => Promise<RefresherProcess>) {
    this.#start = start;
    this.#fill();
  }

  /** Whether its process can take an event. */
  get isFree(): boolean {
    return this.refresher !== undefined && this.#task === undefined && this.suspension === undefined;
  }

  send(event: RefresherEvent, nowMs: number): Task {
    if (this.refresher === undefined) throw new Error('There is no process in this slot.');
    const answered = this.refresher.invoke<Answer>(event, nowMs).catch((error: Error) => error);
    const task = { answered, isOver: this.#orInterrupted(answered) };
    this.#task = task;
    void answered.then(() => {
      if (this.#task === task) this.#task = undefined;
    });
    return task;
  }

  /** Makes a busy process check its timers. */
  fireTimers(): void {
    if (this.#task !== undefined && this.suspension === undefined) this.refresher?.fireTimers();
  }

  kill(): void {
    this.refresher?.killAtOnce();
    this.refresher = undefined;
    this.#task = undefined;
    this.#onInterrupted();
    this.#fill();
  }

  stop(suspension: Suspension): void {
    this.refresher?.stop();
    this.suspension = suspension;
    this.#onInterrupted();
  }

  /** Resumes a stopped process and lets it finish its event. */
  async resume(): Promise<void> {
    const timersFireLate = this.suspension?.interruption.timersFireLate ?? false;
    if (!timersFireLate) this.refresher?.fireTimers();
    this.suspension = undefined;
    this.refresher?.continue();
    if (this.#task !== undefined) await this.#orInterrupted(this.#task.answered);
    if (timersFireLate) this.refresher?.fireTimers();
  }

  #orInterrupted(answered: Promise<unknown>): Promise<unknown> {
    const interrupted = new Promise<void>((resolve) => {
      this.#onInterrupted = resolve;
    });
    return Promise.race([answered, interrupted]);
  }

  #fill(): void {
    this.ready = this.#start().then((refresher) => {
      this.refresher = refresher;
    });
    // A caller that awaits `ready` gets the error; when the run is closed meanwhile, no one does.
    this.ready.catch(() => {});
  }
}
