/**
 * What a service allows in a second, and how much of it is used. No span of a second gets more than that: AWS documents rates, and not
 * what it tolerates above them.
 */
export class Quota {
  readonly name: string;
  /** Units a second. */
  readonly perSecond: number;
  total = 0;
  throttled = 0;
  #busiest = 0;
  #second = Number.NEGATIVE_INFINITY;
  #inSecond = 0;
  /** What was used in the last second, oldest first. */
  #recent: { readonly atMs: number; readonly units: number }[] = [];
  #first = 0;
  #inLastSecond = 0;

  constructor(name: string, perSecond: number) {
    this.name = name;
    this.perSecond = perSecond;
  }

  /** The most units in a second of the clock. */
  get busiestSecond(): number {
    return Math.max(this.#busiest, this.#inSecond);
  }

  /** Uses a unit, or returns false if the limit does not allow it now. */
  take(nowMs: number): boolean {
    if (this.hasRoom(nowMs)) {
      this.use(nowMs, 1);
      return true;
    }
    this.throttled += 1;
    return false;
  }

  /** Whether the last second has used less than the limit. */
  hasRoom(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#inLastSecond < this.perSecond;
  }

  /** Counts units that are known only after the request. */
  use(nowMs: number, units: number): void {
    this.#forget(nowMs);
    this.#recent.push({ atMs: nowMs, units });
    this.#inLastSecond += units;
    this.total += units;
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#busiest = this.busiestSecond;
      this.#second = second;
      this.#inSecond = 0;
    }
    this.#inSecond += units;
  }

  /** Begins to count anew. */
  reset(): void {
    this.total = 0;
    this.throttled = 0;
    this.#busiest = 0;
    this.#inSecond = 0;
  }

  #forget(nowMs: number): void {
    for (let used = this.#recent[this.#first]; used !== undefined; used = this.#recent[this.#first]) {
      if (used.atMs > nowMs - 1000) break;
      this.#inLastSecond -= used.units;
      this.#first += 1;
    }
    if (this.#first < 1_000) return;
    this.#recent = this.#recent.slice(this.#first);
    this.#first = 0;
  }
}
