import { MINUTE_MS } from '../fleet-plan.ts';
import { CALL_MS } from '../region/region.ts';
import type { Environment } from './environment.ts';
import { ModelPlanner } from './model-planner.ts';
import type { TickWork } from './tick-work.ts';

/** Refreshes that run at once (the default of `maxInFlight`), and looks. */
const WORKERS = 25;
const LOOKS_IN_FLIGHT = 10;
/** What a tick holds of each kind (`work-queue.ts`). */
const MOST_HELD = 4_000;

/** A row that is due. */
export interface TickRow {
  readonly index: number;
  readonly isLook: boolean;
  /** Its token is still valid. */
  readonly isUrgent: boolean;
  readonly dataCenter: string;
}

/** One tick: what is due in its order, the pace, the workers, and the time that is left. Returns what stays due. */
export function runTick(
  work: TickWork,
  environment: Environment,
  startedAtMs: number,
  rows: readonly TickRow[],
): { readonly endedAtMs: number; readonly left: readonly number[] } {
  return new ModelTick(work, environment, startedAtMs).run(rows);
}

class ModelTick {
  readonly #work: TickWork;
  readonly #environment: Environment;
  readonly #startedAtMs: number;
  readonly #endsMs: number;
  readonly #planner: ModelPlanner;
  readonly #left: number[] = [];
  #renewals: TickRow[] = [];
  #next = 0;
  readonly #probes = new Set<TickRow>();
  /** Passed over, by data center. */
  readonly #waiting = new Map<string, TickRow[]>();

  constructor(work: TickWork, environment: Environment, startedAtMs: number) {
    this.#work = work;
    this.#environment = environment;
    this.#startedAtMs = startedAtMs;
    this.#endsMs = startedAtMs + MINUTE_MS;
    this.#planner = new ModelPlanner(work, environment.fleet, startedAtMs);
  }

  run(rows: readonly TickRow[]) {
    const { usage, rowBytes, lists } = this.#work;
    const beginsMs = this.#startedAtMs + CALL_MS + usage.readDue(rows.length * rowBytes, lists);
    const renewals = rows.filter((row) => !row.isLook && !this.#isPassedOver(row, beginsMs));
    this.#renewals = [
      ...this.#hold(renewals, ({ isUrgent }) => isUrgent),
      ...this.#hold(renewals, ({ isUrgent }) => !isUrgent),
    ];
    const looks = this.#hold(rows, ({ isLook }) => isLook);
    const endedAtMs = Math.max(this.#renew(beginsMs), this.#look(looks, beginsMs));
    // The gauges of the fleet.
    return { endedAtMs: endedAtMs + CALL_MS, left: this.#left };
  }

  /** Workers that wait pass over what may not start as soon as it is read. */
  #isPassedOver(row: TickRow, nowMs: number): boolean {
    const { breaker } = this.#environment;
    if (!breaker.mayAsk(row.dataCenter, nowMs)) {
      this.#passOver(row);
      return true;
    }
    // Of a data center that does not answer, one row may ask: it has been given that turn now.
    if (!breaker.mayAsk(row.dataCenter, nowMs)) this.#probes.add(row);
    return false;
  }

  #passOver(row: TickRow): void {
    const list = this.#waiting.get(row.dataCenter);
    if (list === undefined) this.#waiting.set(row.dataCenter, [row]);
    else if (list.length < MOST_HELD) list.push(row);
    else this.#left.push(row.index);
  }

  #hold(rows: readonly TickRow[], isHeld: (row: TickRow) => boolean): TickRow[] {
    const kind = rows.filter(isHeld);
    for (const { index } of kind.slice(MOST_HELD)) this.#left.push(index);
    return kind.slice(0, MOST_HELD);
  }

  #renew(beginsMs: number): number {
    const workers = new Float64Array(WORKERS).fill(beginsMs);
    let endedAtMs = beginsMs;
    for (;;) {
      const worker = earliestOf(workers);
      const nowMs = workers[worker] ?? 0;
      if (nowMs >= this.#endsMs) break;
      const row = this.#take(nowMs);
      if (row === undefined) {
        // Work that runs may show that what was passed over may start.
        const wakesAtMs = this.#waiting.size === 0 ? undefined : nextOf(workers, nowMs);
        if (wakesAtMs === undefined) break;
        for (let other = 0; other < WORKERS; other += 1)
          workers[other] = Math.max(workers[other] ?? 0, wakesAtMs);
        continue;
      }
      const atMs = this.#environment.pace.startAtMs(this.#planner.admit(nowMs));
      workers[worker] = atMs;
      if (atMs >= this.#endsMs) {
        this.#left.push(row.index);
        continue;
      }
      const doneMs = this.#work.renew(row.index, atMs, this.#environment, (life) => this.#planner.plan(life));
      workers[worker] = doneMs;
      endedAtMs = Math.max(endedAtMs, doneMs);
    }
    for (const { index } of this.#renewals.slice(this.#next)) this.#left.push(index);
    for (const list of this.#waiting.values()) for (const { index } of list) this.#left.push(index);
    return endedAtMs;
  }

  #take(nowMs: number): TickRow | undefined {
    const { breaker } = this.#environment;
    for (let row = this.#renewals[this.#next]; row !== undefined; row = this.#renewals[this.#next]) {
      this.#next += 1;
      if (this.#probes.has(row) || breaker.mayAsk(row.dataCenter, nowMs)) return row;
      this.#passOver(row);
    }
    for (const [dataCenter, list] of this.#waiting) {
      if (!breaker.mayAsk(dataCenter, nowMs)) continue;
      const row = list.shift();
      if (list.length === 0) this.#waiting.delete(dataCenter);
      return row;
    }
    return undefined;
  }

  #look(looks: readonly TickRow[], beginsMs: number): number {
    const slots = new Float64Array(LOOKS_IN_FLIGHT).fill(beginsMs);
    let endedAtMs = beginsMs;
    for (const { index } of looks) {
      const slot = earliestOf(slots);
      const atMs = this.#environment.lookPace.startAtMs(slots[slot] ?? 0);
      slots[slot] = atMs;
      if (atMs >= this.#endsMs) {
        this.#left.push(index);
        continue;
      }
      slots[slot] = this.#work.look(index, atMs);
      endedAtMs = Math.max(endedAtMs, slots[slot] ?? 0);
    }
    return endedAtMs;
  }
}

function earliestOf(times: Float64Array): number {
  let earliest = 0;
  for (let index = 1; index < times.length; index += 1)
    if ((times[index] ?? 0) < (times[earliest] ?? 0)) earliest = index;
  return earliest;
}

/** The earliest of the times after this one. */
function nextOf(times: Float64Array, afterMs: number): number | undefined {
  const later = times.filter((atMs) => atMs > afterMs);
  return later.length === 0 ? undefined : Math.min(...later);
}
