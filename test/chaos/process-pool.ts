import { setImmediate } from 'node:timers/promises';
import type { RefresherEvent } from '../../lambdas/core/refresh/refresher-events.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { RefresherProcess } from '../../sandbox/processes/refresher-process.ts';
import type { Witness } from './chaos-monitor.ts';
import type { Step, Strike } from './chaos-plan.ts';
import { Slot, type Task } from './process-slot.ts';
import { type WireCall, WireTap } from './request-observer.ts';

const MINUTE_MS = 60_000;

/** The processes and what befalls them. */
export class Crew {
  killed = 0;
  stopped = 0;
  /** Where processes were struck. */
  readonly steps = new Set<Step>();
  /** How often each answer was given. */
  readonly answers: Record<string, number> = {};
  readonly #world: LocalDeployment;
  readonly #witness: Witness;
  readonly #slots: readonly Slot[];
  readonly #tap: WireTap;
  /** Processes whose latest event was a forced refresh. */
  readonly #forced = new Set<RefresherProcess>();
  readonly #struckAtNextCall = new Map<RefresherProcess, Strike>();
  #armed: Strike | undefined;

  constructor(world: LocalDeployment, witness: Witness, { seed, size }: { seed: number; size: number }) {
    this.#world = world;
    this.#witness = witness;
    this.#tap = new WireTap(world, {
      onCall: (call) => {
        witness.sees(call, this.#forced.has(call.from));
        this.#strikeIfDue(call);
      },
      onEnd: (call) => witness.seesEnd(call),
    });
    let started = 0;
    const start = async () => {
      started += 1;
      const refresher = await world.startProcess(seed * 1000 + started);
      this.#tap.add(refresher);
      return refresher;
    };
    this.#slots = Array.from({ length: size }, () => new Slot(start));
  }

  get size(): number {
    return this.#slots.length;
  }

  close(): void {
    this.#tap.close();
  }

  /** Resolves when there is a process in every slot. */
  async complete(): Promise<void> {
    await Promise.all(this.#slots.map(({ ready }) => ready));
  }

  /** From now on the first process that comes to the step is struck. */
  arm(strike: Strike | undefined): void {
    this.#armed = strike;
  }

  /** Gives the same event to so many processes at the same instant, or to as many as are free. */
  async send(event: RefresherEvent, count: number, firstSlot: number): Promise<readonly Task[]> {
    if (!this.#slots.some(({ isFree }) => isFree)) await this.complete();
    const inOrder = [...this.#slots.slice(firstSlot), ...this.#slots.slice(0, firstSlot)];
    return inOrder
      .filter(({ isFree }) => isFree)
      .slice(0, count)
      .map((slot) => this.#sendTo(slot, event));
  }

  /** Lets the processes that are at work know that time has moved. Those that sleep will see it on their clocks. */
  fireTimers(): void {
    for (const slot of this.#slots) slot.fireTimers();
  }

  /** Those whose time to be continued has come; all of them for `Infinity`. */
  sleepers(untilMs: number): readonly Slot[] {
    return this.#slots.filter(({ sleep }) => sleep !== undefined && sleep.wakesAtMs <= untilMs);
  }

  /** Notes for those that fell asleep whether they hold a lease: its owner's name begins with the process's. */
  async lookUpLeases(): Promise<void> {
    const unknown = this.#slots.filter(({ sleep }) => sleep !== undefined && sleep.lease === undefined);
    if (unknown.length === 0) return;
    const rows = await this.#witness.rows();
    for (const { sleep, refresher } of unknown) {
      const row = rows.find(({ leaseOwner }) => leaseOwner?.startsWith(`${refresher?.name}/`));
      if (sleep !== undefined) sleep.lease = row ?? null;
    }
  }

  /** A process must not end unless it is killed. */
  checkAlive(): void {
    for (const { refresher } of this.#slots) {
      if (refresher?.hasEnded) this.#witness.breaks('no-surprise', `${refresher.name} ended by itself`);
    }
  }

  #sendTo(slot: Slot, event: RefresherEvent): Task {
    const { refresher } = slot;
    if (refresher !== undefined) this.#forced[event.action === 'refresh' ? 'add' : 'delete'](refresher);
    const task = slot.send(event, this.#world.clock.now());
    void task.answered.then((answer) => {
      const told = answer instanceof Error ? answer.message : 'outcome' in answer ? answer.outcome : 'tick';
      this.answers[told] = (this.answers[told] ?? 0) + 1;
      if (told.includes('Unexpected error')) this.#witness.breaks('no-surprise', told);
    });
    return task;
  }

  /** The signal is sent before the simulator gets to answer: a process that waits for the answer never reads it. */
  #strikeIfDue(call: WireCall): void {
    const delayed = this.#struckAtNextCall.get(call.from);
    if (delayed !== undefined) {
      this.#struckAtNextCall.delete(call.from);
      this.#strike(call.from, delayed);
    } else if (this.#armed !== undefined && comesTo(this.#armed.step, call)) {
      const strike = this.#armed;
      this.#armed = undefined;
      if (strike.turnsLater === 0) this.#strike(call.from, strike);
      else void this.#strikeLater(call.from, strike);
    }
  }

  /**
   * Nothing can make "enough is left of my lease" and the sending of the request one step. A process that is stopped between
   * the two sends it when it is continued; only the end that Lambda puts to the function prevents that. So it is not stopped
   * there, but when its request has come in.
   */
  async #strikeLater(refresher: RefresherProcess, strike: Strike): Promise<void> {
    for (let turn = 0; turn < strike.turnsLater; turn += 1) await setImmediate();
    const isAboutToMint = this.#tap.lastOperationOf(refresher) === 'GetSecretValue';
    if (strike.fate === 'stopped' && isAboutToMint) this.#struckAtNextCall.set(refresher, strike);
    else this.#strike(refresher, strike);
  }

  #strike(refresher: RefresherProcess, strike: Strike): void {
    const slot = this.#slots.find((candidate) => candidate.refresher === refresher);
    if (slot === undefined || slot.sleep !== undefined) return;
    this.#witness.troubled();
    this.steps.add(strike.step);
    if (strike.fate === 'killed') {
      this.killed += 1;
      slot.kill();
    } else {
      this.stopped += 1;
      slot.stop({ strike, wakesAtMs: this.#world.clock.now() + strike.sleepMinutes * MINUTE_MS });
    }
  }
}

/** Whether a request is that of the step. The two writes of the row are told apart by what was done before. */
function comesTo(step: Step, { operation, previous }: WireCall): boolean {
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
