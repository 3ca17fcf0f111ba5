import { setImmediate } from 'node:timers/promises';
import type { RefresherEvent } from '../../lambdas/core/refresh/refresher-events.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { RefresherProcess } from '../../sandbox/processes/refresher-process.ts';
import type { ChaosMonitor, Requester } from './chaos-monitor.ts';
import type { Interruption, Step } from './chaos-plan.ts';
import { ProcessSlot, type Task } from './process-slot.ts';
import { type ObservedRequest, RequestObserver } from './request-observer.ts';

const MINUTE_MS = 60_000;

/** The processes, and the interruptions that happen to them. */
export class ProcessPool {
  killed = 0;
  stopped = 0;
  /** The steps at which processes were interrupted. */
  readonly steps = new Set<Step>();
  readonly #world: LocalDeployment;
  readonly #monitor: ChaosMonitor;
  readonly #slots: readonly ProcessSlot[];
  readonly #observer: RequestObserver;
  /** Who sent each process its latest event. */
  readonly #requesters = new Map<RefresherProcess, Requester>();
  readonly #interruptedAtNextCall = new Map<RefresherProcess, Interruption>();
  #armed: Interruption | undefined;

  constructor(world: LocalDeployment, monitor: ChaosMonitor, { seed, size }: { seed: number; size: number }) {
    this.#world = world;
    this.#monitor = monitor;
    this.#observer = new RequestObserver(world, {
      onCall: (call) => {
        monitor.onRequest(call, this.#requesters.get(call.from) ?? 'schedule');
        this.#interruptIfDue(call);
      },
      onEnd: (call) => monitor.onRequestEnd(call),
    });
    let started = 0;
    const start = async () => {
      started += 1;
      const refresher = await world.startProcess(seed * 1000 + started);
      this.#observer.add(refresher);
      return refresher;
    };
    this.#slots = Array.from({ length: size }, () => new ProcessSlot(start));
  }

  get size(): number {
    return this.#slots.length;
  }

  close(): void {
    this.#observer.close();
  }

  /** Resolves when every slot has a process. */
  async complete(): Promise<void> {
    await Promise.all(this.#slots.map(({ ready }) => ready));
  }

  /** The next process that reaches the step is interrupted. */
  arm(interruption: Interruption | undefined): void {
    this.#armed = interruption;
  }

  /** Sends an event to `count` free processes at once, or to as many as are free. */
  async send(event: RefresherEvent, count: number, firstSlot: number): Promise<readonly Task[]> {
    if (!this.#slots.some(({ isFree }) => isFree)) await this.complete();
    const inOrder = [...this.#slots.slice(firstSlot), ...this.#slots.slice(0, firstSlot)];
    return inOrder
      .filter(({ isFree }) => isFree)
      .slice(0, count)
      .map((slot) => this.#sendTo(slot, event));
  }

  /** Makes busy processes check their timers after time has advanced. Stopped ones do so when they resume. */
  fireTimers(): void {
    for (const slot of this.#slots) slot.fireTimers();
  }

  /** The stopped processes that are due to resume; all of them for `Infinity`. */
  suspended(untilMs: number): readonly ProcessSlot[] {
    return this.#slots.filter(
      ({ suspension }) => suspension !== undefined && suspension.resumesAtMs <= untilMs,
    );
  }

  /** Records which lease each stopped process holds: the name of the lease's owner begins with that of the process. */
  async lookUpLeases(): Promise<void> {
    const unknown = this.#slots.filter(
      ({ suspension }) => suspension !== undefined && suspension.lease === undefined,
    );
    if (unknown.length === 0) return;
    const rows = await this.#monitor.rows();
    for (const { suspension, refresher } of unknown) {
      const row = rows.find(({ leaseOwner }) => leaseOwner?.startsWith(`${refresher?.name}/`));
      if (suspension !== undefined) suspension.lease = row ?? null;
    }
  }

  /** Checks that no process has ended by itself. */
  checkAlive(): void {
    for (const { refresher } of this.#slots) {
      if (refresher?.hasEnded) this.#monitor.breaks('no-surprise', `${refresher.name} ended by itself`);
    }
  }

  #sendTo(slot: ProcessSlot, event: RefresherEvent): Task {
    const { refresher } = slot;
    if (refresher !== undefined) this.#requesters.set(refresher, requesterOf(event));
    const task = slot.send(event, this.#world.clock.now());
    void task.answered.then((answer) => {
      if (answer instanceof Error && answer.message.includes('Unexpected error'))
        this.#monitor.breaks('no-surprise', answer.message);
    });
    return task;
  }

  /** The signal is sent before the simulator answers, so the process never reads the answer. */
  #interruptIfDue(call: ObservedRequest): void {
    const delayed = this.#interruptedAtNextCall.get(call.from);
    if (delayed !== undefined) {
      this.#interruptedAtNextCall.delete(call.from);
      this.#interruption(call.from, delayed);
    } else if (this.#armed !== undefined && comesTo(this.#armed.step, call)) {
      const interruption = this.#armed;
      this.#armed = undefined;
      if (interruption.turnsLater === 0) this.#interruption(call.from, interruption);
      else void this.#interruptLater(call.from, interruption);
    }
  }

  /**
   * Checking the rest of the lease and sending the request cannot be one step. A process that is stopped between the two sends
   * the request when it resumes; only Lambda's timeout prevents that. So a process is not stopped there, but after its
   * request has arrived.
   */
  async #interruptLater(refresher: RefresherProcess, interruption: Interruption): Promise<void> {
    for (let turn = 0; turn < interruption.turnsLater; turn += 1) await setImmediate();
    const isAboutToMint = this.#observer.lastOperationOf(refresher) === 'GetSecretValue';
    if (interruption.kind === 'stopped' && isAboutToMint)
      this.#interruptedAtNextCall.set(refresher, interruption);
    else this.#interruption(refresher, interruption);
  }

  #interruption(refresher: RefresherProcess, interruption: Interruption): void {
    const slot = this.#slots.find((candidate) => candidate.refresher === refresher);
    if (slot === undefined || slot.suspension !== undefined) return;
    this.#monitor.disturb();
    this.steps.add(interruption.step);
    if (interruption.kind === 'killed') {
      this.killed += 1;
      slot.kill();
    } else {
      this.stopped += 1;
      slot.stop({
        interruption,
        resumesAtMs: this.#world.clock.now() + interruption.suspendedMinutes * MINUTE_MS,
      });
    }
  }
}

/** Whether a request belongs to the step. The two writes of the row are distinguished by the request before them. */
function comesTo(step: Step, { operation, previous }: ObservedRequest): boolean {
  const isFirstWrite = previous === 'GetItem' || previous === 'Query' || previous === undefined;
  switch (step) {
    case 'read':
      return operation === 'GetItem' || operation === 'Query';
    case 'lease':
      return operation === 'UpdateItem' && isFirstWrite;
    case 'credentials':
      return operation === 'GetSecretValue' && previous === 'UpdateItem';
    case 'mint':
      return operation === 'token';
    case 'put':
      return operation === 'PutSecretValue';
    case 'move':
      return operation === 'UpdateSecretVersionStage';
    case 'commit':
      return operation === 'UpdateItem' && !isFirstWrite;
  }
}

function requesterOf(event: RefresherEvent): Requester {
  if (event.action !== 'refresh') return 'schedule';
  return event.reason === 'operator' ? 'operators' : 'consumers';
}
