import type { RefresherEvent } from '../../lambdas/core/refresh/refresher-events.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { ChaosMonitor, type PromiseName } from './chaos-monitor.ts';
import {
  type ChaosMinute,
  type ForcedRefreshes,
  planChaos,
  type SlowMint,
  STEPS,
  type Step,
} from './chaos-plan.ts';
import { ProcessPool } from './process-pool.ts';
import type { ProcessSlot } from './process-slot.ts';
import { dataCenterOf, ServiceFaults } from './service-faults.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly processes: number;
  readonly minutes: number;
}

/** The outcome of a run. */
export interface ChaosReport {
  /** What broke each promise. */
  readonly broken: Readonly<Record<PromiseName, readonly string[]>>;
  readonly figures: {
    readonly killed: number;
    readonly stopped: number;
    /** The steps at which processes were interrupted. */
    readonly steps: readonly Step[];
    /** Stopped with a lease, and resumed after another process had taken it over. */
    readonly overtaken: number;
    /** Resumed while another process was minting for the connection of their lease. */
    readonly resumedDuringMint: number;
    /** Mints that took seconds, during which other processes requested one more. */
    readonly slowMints: number;
  };
}

const START_MS = Date.UTC(2026, 0, 5, 9);
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const CALM_END_MINUTES = 5;
/** How long a mint takes during which a process resumes. */
const AMBUSH_SECONDS = 3;

/** Each is in a data center of its own, so that a call of Zoho identifies the connection. */
const CONNECTIONS = {
  'crm-eu': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
  'books-in': { dataCenter: 'in', scopes: ['ZohoBooks.fullaccess.all'] },
  'desk-us': { dataCenter: 'us', scopes: ['Desk.tickets.ALL'] },
} as const;
const NAMES = Object.keys(CONNECTIONS);

/**
 * Runs refreshers in processes of their own on one table, one Secrets Manager and one Zoho, while a supervisor kills them,
 * stops them, and resumes them after their leases have expired. Lambda would have ended a process that is stopped for so
 * long; here it resumes.
 *
 * The seed decides what is done and when. The races between the processes depend on the machine: two runs of one seed differ.
 */
export class ChaosRun {
  readonly #world: LocalDeployment;
  readonly #options: ChaosOptions;
  readonly #monitor: ChaosMonitor;
  readonly #pool: ProcessPool;
  readonly #faults: ServiceFaults;
  readonly #counts = { overtaken: 0, resumedDuringMint: 0, slowMints: 0 };
  #firstSlot = 0;
  /** When the next row is due. Most ticks before that would find nothing and are skipped. */
  #nextDueMs = Number.NEGATIVE_INFINITY;

  private constructor(world: LocalDeployment, options: ChaosOptions) {
    this.#world = world;
    this.#options = options;
    this.#monitor = new ChaosMonitor(world);
    this.#faults = new ServiceFaults(world, this.#monitor);
    this.#pool = new ProcessPool(world, this.#monitor, { seed: options.seed, size: options.processes });
  }

  static async start(options: ChaosOptions): Promise<ChaosRun> {
    const world = await LocalDeployment.start({
      startMs: START_MS,
      connections: CONNECTIONS,
      // One refresh at a time, so that an interrupted process is at one step of one refresh.
      knobs: { maxInFlight: 1 },
      seed: options.seed,
    });
    for (const connection of NAMES) world.authorize(connection);
    return new ChaosRun(world, options);
  }

  /** Runs the whole plan, and some calm minutes at the end. */
  async run(): Promise<ChaosReport> {
    await this.#pool.complete();
    await this.#send({ action: 'refresh-due' }, 1);
    const plan = planChaos(this.#options.seed, this.#options.minutes, NAMES);
    for (const minute of plan) await this.#runMinute(minute);
    await this.#settle();
    await this.#monitor.checkAll(this.#pool.killed + this.#pool.stopped);
    return this.#report();
  }

  /** Ends every process, running or stopped, also in the middle of a run. */
  async close(): Promise<void> {
    this.#pool.close();
    await this.#world.close();
  }

  async #runMinute(minute: ChaosMinute): Promise<void> {
    const endMs = this.#world.clock.now() + MINUTE_MS;
    this.#firstSlot = minute.firstSlot;
    this.#advance(minute.second * SECOND_MS);
    this.#faults.endOutagesDue();
    if (minute.fault !== undefined) this.#faults.cause(minute.fault);
    if (minute.interruption !== undefined) this.#pool.arm(minute.interruption);
    if (minute.refreshes !== undefined) await this.#ask(minute.refreshes);
    const suspended = this.#pool.suspended(this.#world.clock.now());
    for (const slot of suspended) await this.#resume(slot);
    if (minute.slowMint !== undefined) await this.#mintSlowly(minute.slowMint);

    this.#advance(endMs - this.#world.clock.now());
    this.#faults.prolong();
    if (minute.ticks === 0) this.#monitor.disturb();
    const isQuiet =
      minute.refreshes === undefined &&
      minute.slowMint === undefined &&
      suspended.length === 0 &&
      endMs < this.#nextDueMs;
    if (isQuiet && !minute.ticksWhenQuiet) return;
    await this.#send({ action: 'refresh-due' }, minute.ticks);
    await this.#pool.lookUpLeases();
    this.#nextDueMs = await this.#monitor.checkAfterTick();
  }

  /** No more faults: everything has to recover. */
  async #settle(): Promise<void> {
    this.#pool.arm(undefined);
    this.#faults.endAll();
    for (const slot of this.#pool.suspended(Number.POSITIVE_INFINITY)) await this.#resume(slot);
    await this.#pool.complete();
    for (let minute = 1; minute <= CALM_END_MINUTES; minute += 1) {
      this.#advance(MINUTE_MS);
      await this.#send({ action: 'refresh-due' }, minute === CALM_END_MINUTES ? this.#pool.size : 1);
    }
    await this.#monitor.checkAfterTick();
    this.#pool.checkAlive();
  }

  #advance(ms: number): void {
    this.#world.clock.advance(ms);
    this.#world.shareTime();
    this.#pool.fireTimers();
  }

  /** Sends an event to several processes at once, and waits until each has answered or was interrupted. */
  async #send(event: RefresherEvent, count: number): Promise<void> {
    const tasks = await this.#pool.send(event, count, this.#firstSlot);
    await Promise.all(tasks.map(({ isOver }) => isOver));
  }

  async #ask({ connection, callers, reason, rejected }: ForcedRefreshes): Promise<void> {
    const current = this.#world.readToken(connection)?.generation ?? 0;
    const rejectedGeneration = { current, previous: Math.max(0, current - 1), unknown: undefined }[rejected];
    await this.#send({ action: 'refresh', connection, reason, rejectedGeneration }, callers);
    await this.#pool.lookUpLeases();
  }

  async #resume(slot: ProcessSlot): Promise<void> {
    this.#monitor.disturb();
    const { lease, interruption } = slot.suspension ?? {};
    if (!lease) return slot.resume();

    const rows = await this.#monitor.rows();
    const row = rows.find(({ connection }) => connection === lease.connection);
    if (row !== undefined && row.generation > lease.generation) this.#counts.overtaken += 1;
    if (!interruption?.resumesDuringMint) return slot.resume();
    const slowMint = { connection: lease.connection, seconds: AMBUSH_SECONDS };
    const wasMinting = await this.#mintSlowly(slowMint, () => slot.resume());
    if (wasMinting) this.#counts.resumedDuringMint += 1;
    else await slot.resume();
  }

  /**
   * Several processes request a mint at once. One gets it, and it takes `seconds`, during which others request one too. Returns
   * false when no mint started, e.g. because the budget is used up.
   */
  async #mintSlowly(
    { connection, seconds }: SlowMint,
    meanwhile: () => Promise<void> = () => Promise.resolve(),
  ): Promise<boolean> {
    const event = {
      action: 'refresh',
      connection,
      reason: 'operator',
      rejectedGeneration: undefined,
    } as const;
    const held = this.#world.zoho.holdNextCall({ dataCenter: dataCenterOf(this.#world, connection) });
    const refreshes = this.#send(event, 3);
    const isMinting = await Promise.race([held.received.then(() => true), refreshes.then(() => false)]);
    if (isMinting) {
      this.#counts.slowMints += 1;
      this.#monitor.disturb(connection);
      await meanwhile();
      await Promise.all([this.#send(event, 2), this.#send({ action: 'refresh-due' }, 1)]);
      this.#advance(seconds * SECOND_MS);
    }
    held.release();
    await refreshes;
    return isMinting;
  }

  #report(): ChaosReport {
    const { killed, stopped, steps } = this.#pool;
    const interrupted = STEPS.filter((step) => steps.has(step));
    return {
      broken: this.#monitor.broken,
      figures: { killed, stopped, steps: interrupted, ...this.#counts },
    };
  }
}
