import type { RefresherEvent } from '../../lambdas/core/refresh/refresher-events.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { type PromiseName, Witness } from './chaos-monitor.ts';
import {
  type ChaosMinute,
  type ForcedRefreshes,
  planChaos,
  type SlowMint,
  STEPS,
  type Step,
} from './chaos-plan.ts';
import { Crew } from './process-pool.ts';
import type { Slot } from './process-slot.ts';
import { dataCenterOf, Troubles } from './service-faults.ts';

/** What to run. */
export interface ChaosOptions {
  readonly seed: number;
  readonly processes: number;
  readonly minutes: number;
}

/** What came of it. */
export interface ChaosReport {
  /** Everything that should not have happened, in words. */
  readonly broken: Readonly<Record<PromiseName, readonly string[]>>;
  readonly figures: {
    readonly killed: number;
    readonly stopped: number;
    /** The steps at which they were. */
    readonly steps: readonly Step[];
    /** Stopped with a lease, and continued when another process had taken it over. */
    readonly overtaken: number;
    /** Continued while another process was in mid-mint for the connection whose lease they had. */
    readonly wokenIntoMint: number;
    /** Mints that took seconds, during which others asked for one more. */
    readonly slowMints: number;
    readonly mints: number;
    readonly versions: number;
    /** How often each answer was given. */
    readonly answers: Readonly<Record<string, number>>;
  };
}

const START_MS = Date.UTC(2026, 0, 5, 9);
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const CALM_END_MINUTES = 5;
/** How long the mint takes into which a process is woken. */
const AMBUSH_SECONDS = 3;

/** One data center each, so that a call of Zoho tells whose it is. */
const CONNECTIONS = {
  'crm-eu': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
  'books-in': { dataCenter: 'in', scopes: ['ZohoBooks.fullaccess.all'] },
  'desk-us': { dataCenter: 'us', scopes: ['Desk.tickets.ALL'] },
} as const;
const NAMES = Object.keys(CONNECTIONS);

/**
 * Refreshers in processes of their own share one table, one Secrets Manager and one Zoho, while a supervisor kills them,
 * stops them, and continues them when their leases are over. Lambda would have ended a process that stood still for so
 * long; here it comes back and goes on.
 *
 * The seed decides what is done, and when. How the processes race is up to the machine: two runs of one seed differ.
 */
export class ProcessChaos {
  readonly #world: LocalDeployment;
  readonly #options: ChaosOptions;
  readonly #witness: Witness;
  readonly #crew: Crew;
  readonly #troubles: Troubles;
  readonly #counts = { overtaken: 0, wokenIntoMint: 0, slowMints: 0 };
  #firstSlot = 0;
  /** When a row falls due next. Until then a tick would find nothing, and most of those are left out. */
  #nextDueMs = Number.NEGATIVE_INFINITY;

  private constructor(world: LocalDeployment, options: ChaosOptions) {
    this.#world = world;
    this.#options = options;
    this.#witness = new Witness(world);
    this.#troubles = new Troubles(world, this.#witness);
    this.#crew = new Crew(world, this.#witness, { seed: options.seed, size: options.processes });
  }

  /** Starts the services and the processes. */
  static async start(options: ChaosOptions): Promise<ProcessChaos> {
    const world = await LocalDeployment.start({
      startMs: START_MS,
      connections: CONNECTIONS,
      // One refresh at a time, so that a process that is struck stands at one step of one refresh.
      knobs: { maxInFlight: 1 },
      seed: options.seed,
    });
    for (const connection of NAMES) world.authorize(connection);
    return new ProcessChaos(world, options);
  }

  /** The whole plan, and some calm minutes at its end. */
  async run(): Promise<ChaosReport> {
    await this.#crew.complete();
    await this.#send({ action: 'refresh-due' }, 1);
    const plan = planChaos(this.#options.seed, this.#options.minutes, NAMES);
    for (const minute of plan) await this.#live(minute);
    await this.#calmDown();
    await this.#witness.checkAll(this.#crew.killed + this.#crew.stopped);
    return this.#report();
  }

  /** Ends everything, also in the middle of a run. No process is left, running or stopped. */
  async close(): Promise<void> {
    this.#crew.close();
    this.#witness.close();
    await this.#world.close();
  }

  async #live(minute: ChaosMinute): Promise<void> {
    const endMs = this.#world.clock.now() + MINUTE_MS;
    this.#firstSlot = minute.firstSlot;
    this.#advance(minute.second * SECOND_MS);
    this.#troubles.endThoseThatAreOver();
    if (minute.trouble !== undefined) this.#troubles.cause(minute.trouble);
    if (minute.strike !== undefined) this.#crew.arm(minute.strike);
    if (minute.refreshes !== undefined) await this.#ask(minute.refreshes);
    const sleepers = this.#crew.sleepers(this.#world.clock.now());
    for (const slot of sleepers) await this.#wake(slot);
    if (minute.slowMint !== undefined) await this.#mintSlowly(minute.slowMint);

    this.#advance(endMs - this.#world.clock.now());
    this.#troubles.goOn();
    if (minute.ticks === 0) this.#witness.troubled();
    const isQuiet =
      minute.refreshes === undefined &&
      minute.slowMint === undefined &&
      sleepers.length === 0 &&
      endMs < this.#nextDueMs;
    if (isQuiet && !minute.ticksWhenQuiet) return;
    await this.#send({ action: 'refresh-due' }, minute.ticks);
    await this.#crew.lookUpLeases();
    this.#nextDueMs = await this.#witness.checkAfterTick();
  }

  /** Nothing goes wrong any more: everything has to come right. */
  async #calmDown(): Promise<void> {
    this.#crew.arm(undefined);
    this.#troubles.endAll();
    for (const slot of this.#crew.sleepers(Number.POSITIVE_INFINITY)) await this.#wake(slot);
    await this.#crew.complete();
    for (let minute = 1; minute <= CALM_END_MINUTES; minute += 1) {
      this.#advance(MINUTE_MS);
      await this.#send({ action: 'refresh-due' }, minute === CALM_END_MINUTES ? this.#crew.size : 1);
    }
    await this.#witness.checkAfterTick();
    this.#crew.checkAlive();
  }

  #advance(ms: number): void {
    this.#world.clock.advance(ms);
    this.#world.shareTime();
    this.#crew.fireTimers();
  }

  /** Gives an event to so many processes at once, and waits until each has answered or was struck. */
  async #send(event: RefresherEvent, count: number): Promise<void> {
    const tasks = await this.#crew.send(event, count, this.#firstSlot);
    await Promise.all(tasks.map(({ isOver }) => isOver));
  }

  async #ask({ connection, callers, reason, rejected }: ForcedRefreshes): Promise<void> {
    const current = this.#world.readToken(connection)?.generation ?? 0;
    const rejectedGeneration = { current, previous: Math.max(0, current - 1), unnamed: undefined }[rejected];
    await this.#send({ action: 'refresh', connection, reason, rejectedGeneration }, callers);
    await this.#crew.lookUpLeases();
  }

  async #wake(slot: Slot): Promise<void> {
    this.#witness.troubled();
    const { lease, strike } = slot.sleep ?? {};
    if (!lease) return slot.wake();

    const rows = await this.#witness.rows();
    const row = rows.find(({ connection }) => connection === lease.connection);
    if (row !== undefined && row.generation > lease.generation) this.#counts.overtaken += 1;
    if (!strike?.wakesIntoMint) return slot.wake();
    const slowMint = { connection: lease.connection, seconds: AMBUSH_SECONDS };
    const wasMinting = await this.#mintSlowly(slowMint, () => slot.wake());
    if (wasMinting) this.#counts.wokenIntoMint += 1;
    else await slot.wake();
  }

  /**
   * Several want a mint at once; one gets it, and it takes so many seconds, during which still others come. False when none
   * came about: the budget may be used up.
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
      this.#witness.troubled(connection);
      await meanwhile();
      await Promise.all([this.#send(event, 2), this.#send({ action: 'refresh-due' }, 1)]);
      this.#advance(seconds * SECOND_MS);
    }
    held.release();
    await refreshes;
    return isMinting;
  }

  #report(): ChaosReport {
    const { killed, stopped, steps, answers } = this.#crew;
    const versions = NAMES.map((connection) => this.#witness.versionsOf(connection));
    return {
      broken: this.#witness.broken,
      figures: {
        killed,
        stopped,
        steps: STEPS.filter((step) => steps.has(step)),
        ...this.#counts,
        mints: this.#world.zoho.tokenCalls.length,
        versions: versions.reduce((sum, count) => sum + count, 0),
        answers,
      },
    };
  }
}
