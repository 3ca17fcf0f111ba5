import type { RefreshTiming } from '../../../lambdas/core/refresh/renewal-times.ts';
import { type Life, planAtTick, tickOf, usualShareOfTick } from '../../../lambdas/core/refresh/tick-plan.ts';
import { DEFAULT_CONFIG } from '../../../lambdas/refresher/config.ts';
import type { FleetMemory } from '../../../lambdas/refresher/fleet-memory.ts';
import { CALL_MS } from '../region/region.ts';
import type { TickWork } from './tick-work.ts';

const TIMING: RefreshTiming = {
  refreshMarginMs: DEFAULT_CONFIG.refreshMarginSeconds * 1000,
  refreshJitterMs: DEFAULT_CONFIG.refreshJitterSeconds * 1000,
};

/** Renewals wait this long for the plan of the fleet (`tick-planner.ts`). */
const LOAD_MS = 3_000;

/** Plans the renewals of a tick as the product does: with the plan of the fleet, once it renews more than its share. */
export class ModelPlanner {
  readonly #work: TickWork;
  readonly #fleet: FleetMemory;
  readonly #startedAtMs: number;
  #renewals = 0;
  #readyMs: number | undefined;
  #planned = new Map<number, number>();
  #connections: number | undefined;

  constructor(work: TickWork, fleet: FleetMemory, startedAtMs: number) {
    this.#work = work;
    this.#fleet = fleet;
    this.#startedAtMs = startedAtMs;
  }

  /** When a renewal may ask for its start. */
  admit(nowMs: number): number {
    this.#renewals += 1;
    const share = usualShareOfTick(this.#fleet.sizeOfList(this.#startedAtMs) ?? 0, TIMING);
    const isWanted = this.#renewals > share && !this.#fleet.isTooLarge(this.#startedAtMs);
    if (this.#readyMs === undefined && isWanted) this.#readyMs = nowMs + this.#load(nowMs);
    return Math.max(nowMs, this.#readyMs ?? nowMs);
  }

  plan(life: Life): number {
    const coming = {
      startedAtMs: this.#startedAtMs,
      connections: this.#connections,
      planned: (tick: number) => this.#planned.get(tick) ?? 0,
    };
    const atMs = planAtTick(life, TIMING, this.#work.random, coming);
    const tick = tickOf(atMs, coming);
    this.#planned.set(tick, (this.#planned.get(tick) ?? 0) + 1);
    return atMs;
  }

  /** Returns how long it takes. */
  #load(nowMs: number): number {
    const { connections, rowBytes, lists, usage } = this.#work;
    const tookMs = CALL_MS + usage.readPlan(connections * rowBytes, lists, LOAD_MS);
    if (tookMs >= LOAD_MS) {
      this.#fleet.rememberTooLarge(nowMs + LOAD_MS);
      return LOAD_MS;
    }
    this.#planned = this.#work.plannedByTick(this.#startedAtMs);
    let size = 0;
    for (const count of this.#planned.values()) size += count;
    this.#connections = size;
    this.#fleet.remember(size, nowMs);
    return tookMs;
  }
}
