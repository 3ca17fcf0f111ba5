import { type Connection, isFollowing, isInService } from '../core/connection/connection.ts';
import { InfrastructureError } from '../core/failures.ts';
import { withTimeLimit } from '../core/first-abort.ts';
import { type Life, planAtTick, tickOf, usualShareOfTick } from '../core/refresh/tick-plan.ts';
import type { RefreshContext } from './refresh-context.ts';

/** Renewals wait this long for the plan of the fleet. Without it, each is planned by itself. */
const LOAD_MS = 3_000;

/**
 * Plans the renewals of one tick. A tick that renews more than its share reads when the other connections are planned, and moves
 * the excess to earlier minutes. Best effort: nothing depends on it but how evenly renewals are spread.
 */
export class TickPlanner {
  readonly #context: RefreshContext;
  readonly #startedAtMs: number;
  /** The tick for which each connection is planned, as far as this one knows. */
  readonly #ticks = new Map<string, number>();
  readonly #planned = new Map<number, number>();
  #renewals = 0;
  #loading: Promise<void> | undefined;
  #connections: number | undefined;

  constructor(context: RefreshContext) {
    this.#context = context;
    this.#startedAtMs = context.clock.now();
  }

  /** Called before each attempt of the tick. From the first one that exceeds the tick's share on, the plan is loaded. */
  async admit(row: Connection): Promise<void> {
    if (!isInService(row.status) || isFollowing(row)) return;
    this.#renewals += 1;
    const { fleet, settings } = this.#context;
    const share = usualShareOfTick(fleet.sizeOfList(this.#startedAtMs) ?? 0, settings);
    const isWanted = this.#renewals > share && !fleet.isTooLarge(this.#startedAtMs);
    if (this.#loading === undefined && isWanted) this.#loading = this.#load();
    await this.#loading;
  }

  /** When a token that this tick has minted is renewed. */
  readonly plan = (connection: string, life: Life): number => {
    const { settings, random } = this.#context;
    const atMs = planAtTick(life, settings, random, {
      startedAtMs: this.#startedAtMs,
      connections: this.#connections,
      planned: (tick) => this.#planned.get(tick) ?? 0,
    });
    this.#record(connection, atMs);
    return atMs;
  };

  async #load(): Promise<void> {
    const { connections, clock, deadlines, fleet, log } = this.#context;
    const askedAtMs = clock.elapsed();
    try {
      const plans = await withTimeLimit(clock, LOAD_MS, deadlines.work, (signal) =>
        connections.planned(signal),
      );
      for (const [connection, atMs] of plans) {
        // The index may still show a row as it was before this tick planned it.
        if (!this.#ticks.has(connection)) this.#record(connection, atMs);
      }
      this.#connections = this.#ticks.size;
      fleet.remember(plans.size, clock.now());
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      const { code, failure } = error;
      // Every tick would wait for it again: a twentieth of its time.
      if (clock.elapsed() - askedAtMs >= LOAD_MS) fleet.rememberTooLarge(clock.now());
      log.warn('renewals are not spread in this minute', { code, reason: failure.message });
    }
  }

  #record(connection: string, atMs: number): void {
    const before = this.#ticks.get(connection);
    if (before !== undefined) this.#planned.set(before, (this.#planned.get(before) ?? 0) - 1);
    const tick = tickOf(atMs, { startedAtMs: this.#startedAtMs });
    this.#ticks.set(connection, tick);
    this.#planned.set(tick, (this.#planned.get(tick) ?? 0) + 1);
  }
}
