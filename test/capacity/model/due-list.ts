import { MINUTE_MS, START_MS } from '../fleet-plan.ts';

/** When each connection is attempted next, by minutes, so that a tick finds what is due without a look at all of them. */
export class DueList {
  readonly #plannedAtMs: Float64Array;
  readonly #minutes = new Map<number, number[]>();

  constructor(plannedAtMs: Float64Array) {
    this.#plannedAtMs = plannedAtMs;
    for (const index of plannedAtMs.keys()) this.putBack(index);
  }

  plannedAtMs(index: number): number {
    return this.#plannedAtMs[index] ?? Number.POSITIVE_INFINITY;
  }

  /** What was taken is planned for another time. */
  plan(index: number, atMs: number): void {
    this.#plannedAtMs[index] = atMs;
    this.putBack(index);
  }

  /** What was taken is still due. */
  putBack(index: number): void {
    const minute = minuteOf(this.plannedAtMs(index));
    const list = this.#minutes.get(minute);
    if (list === undefined) this.#minutes.set(minute, [index]);
    else list.push(index);
  }

  /** Takes what is due, longest overdue first. */
  takeUntil(timeMs: number): number[] {
    const last = minuteOf(timeMs);
    const due: number[] = [];
    for (const minute of [...this.#minutes.keys()].filter((each) => each <= last)) {
      const list = this.#minutes.get(minute) ?? [];
      const later: number[] = [];
      for (const index of list) (this.plannedAtMs(index) <= timeMs ? due : later).push(index);
      if (later.length > 0) this.#minutes.set(minute, later);
      else this.#minutes.delete(minute);
    }
    return due.sort((one, other) => this.plannedAtMs(one) - this.plannedAtMs(other) || one - other);
  }
}

function minuteOf(timeMs: number): number {
  return Math.floor((timeMs - START_MS) / MINUTE_MS);
}
