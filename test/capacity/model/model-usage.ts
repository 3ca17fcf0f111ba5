import { START_MS } from '../fleet-plan.ts';
import type { QuotaUse, Usage } from '../fleet-run.ts';
import { readUnits } from '../region/item-size.ts';
import { CALL_MS, MS_PER_KILOBYTE } from '../region/region.ts';
import { PAGE_BYTES } from '../region/table.ts';
import { EVENTS, type EventKind, type Profile } from './profile.ts';

/** What the events of a modeled fleet use, from what one of each uses on the real handler. */
export class ModelUsage {
  readonly #profile: Profile;
  readonly #lists: number;
  readonly #counts: Record<EventKind, number> = { tick: 0, refresh: 0, failure: 0, look: 0 };
  /** Units of each limit in each second since the beginning. */
  readonly #seconds = new Map<string, number[]>();
  #readUnits = 0;
  /** Pages of queries that a tick without rows does not read. */
  #pages = 0;

  constructor(profile: Profile, lists: number) {
    this.#profile = profile;
    this.#lists = lists;
  }

  add(kind: EventKind, atMs: number): void {
    this.#counts[kind] += 1;
    const second = Math.floor((atMs - START_MS) / 1000);
    const { quotas } = this.#profile.usage[kind];
    for (const name in quotas) {
      const seconds = this.#seconds.get(name) ?? [];
      this.#seconds.set(name, seconds);
      seconds[second] = (seconds[second] ?? 0) + (quotas[name] ?? 0);
    }
  }

  /** Counts the queries of a tick. Returns how much longer than a call it takes until the first rows come. */
  readDue(bytes: number, lists: number): number {
    this.#readPages(bytes / lists, lists);
    this.#readUnits += READ_UNITS_OF_GAUGES * lists;
    return Math.round((Math.min(bytes / lists, PAGE_BYTES) / 1024) * MS_PER_KILOBYTE);
  }

  /** Counts the queries for the plan of a fleet, as far as they get in this time. Returns how much longer than a call they take. */
  readPlan(bytes: number, lists: number, limitMs: number): number {
    const msOfPage = CALL_MS + (PAGE_BYTES / 1024) * MS_PER_KILOBYTE;
    const bytesOfList = bytes / lists;
    const pages = Math.ceil(bytesOfList / PAGE_BYTES);
    const tookMs = Math.max(0, pages - 1) * CALL_MS + (bytesOfList / 1024) * MS_PER_KILOBYTE;
    this.#readPages(Math.min(bytesOfList, Math.ceil(limitMs / msOfPage) * PAGE_BYTES), lists);
    this.#pages += lists;
    return Math.round(tookMs);
  }

  total(): Usage {
    const { usage } = this.#profile;
    const calls: Record<string, number> = {};
    let [writeUnits, itemReadUnits, logBytes] = [0, 0, 0];
    for (const kind of EVENTS) {
      const count = this.#counts[kind];
      for (const [name, each] of Object.entries(usage[kind].calls))
        calls[name] = (calls[name] ?? 0) + each * count;
      writeUnits += usage[kind].writeUnits * count;
      itemReadUnits += usage[kind].itemReadUnits * count;
      logBytes += usage[kind].logBytes * count;
    }
    calls['dynamodb:Query'] = (calls['dynamodb:Query'] ?? 0) + this.#pages;
    const rounded = Object.entries(calls).map(([name, count]) => [name, Math.round(count)]);
    return {
      calls: Object.fromEntries(rounded),
      itemReadUnits,
      queryReadUnits: this.#readUnits,
      writeUnits,
      logBytes,
    };
  }

  /** What exceeds a limit in a second is tried again in the next one, as the SDK does. */
  quotas(): QuotaUse[] {
    return Object.entries(this.#profile.limits).map(([name, limit]) => {
      // The partitions of an index share its units evenly.
      const parts = name.includes('partition') ? this.#lists : 1;
      let [busiest, total, throttled, left] = [0, 0, 0, 0];
      for (const units of this.#seconds.get(name) ?? []) {
        const wanted = left + (units ?? 0) / parts;
        left = Math.max(0, wanted - limit);
        busiest = Math.max(busiest, wanted - left);
        throttled += left;
        total += units ?? 0;
      }
      return {
        ...{ name, limit },
        total: Math.round(total),
        busiest: Math.round(busiest),
        throttled: Math.round(throttled),
      };
    });
  }

  #readPages(bytesOfList: number, lists: number): void {
    this.#pages += Math.max(0, Math.ceil(bytesOfList / PAGE_BYTES) - 1) * lists;
    this.#readUnits += readUnits(bytesOfList, false) * lists;
  }
}

/** Of the query for the tokens that expire first. */
const READ_UNITS_OF_GAUGES = 0.5;
