const MINUTE_MS = 60_000;

/** How old a sorted list may be: an index of DynamoDB shows a write a moment later. */
const LAG_MS = 1_000;

interface Entry {
  readonly key: string;
  readonly atMs: number;
}

/** A place in the index: what comes after it. */
export interface Place {
  readonly key: string;
  readonly atMs: number;
}

interface Bucket {
  readonly times: Map<string, number>;
  sorted: readonly Entry[];
  sortedAtMs: number;
  isSorted: boolean;
}

/** The items of one partition of an index in the order of their times. A minute's items are sorted together, when they are read. */
export class TimeIndex {
  readonly #buckets = new Map<number, Bucket>();

  add(key: string, atMs: number): void {
    const bucket = this.#bucketOf(atMs);
    bucket.times.set(key, atMs);
    bucket.isSorted = false;
  }

  remove(key: string, atMs: number): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    const bucket = this.#buckets.get(minute);
    if (bucket === undefined) return;
    bucket.times.delete(key);
    bucket.isSorted = false;
    if (bucket.times.size === 0) this.#buckets.delete(minute);
  }

  /** Keys from this time or place on, soonest first. */
  *keys(nowMs: number, from: { readonly afterMs: number } | { readonly place: Place }): Iterable<Entry> {
    const isAfter = (entry: Entry) =>
      'place' in from
        ? entry.atMs > from.place.atMs || (entry.atMs === from.place.atMs && entry.key > from.place.key)
        : entry.atMs > from.afterMs;
    const firstMs = 'place' in from ? from.place.atMs : from.afterMs;
    const firstMinute = Math.floor(firstMs / MINUTE_MS);
    const minutes = [...this.#buckets.keys()].filter((minute) => minute >= firstMinute);
    for (const minute of minutes.sort((one, other) => one - other)) {
      for (const entry of this.#entriesOf(minute, nowMs)) if (isAfter(entry)) yield entry;
    }
  }

  *#entriesOf(minute: number, nowMs: number): Iterable<Entry> {
    const bucket = this.#buckets.get(minute);
    if (bucket === undefined) return;
    if (!bucket.isSorted && nowMs >= bucket.sortedAtMs + LAG_MS) {
      const entries = [...bucket.times].map(([key, atMs]) => ({ key, atMs }));
      bucket.sorted = entries.sort((one, other) => one.atMs - other.atMs || (one.key < other.key ? -1 : 1));
      bucket.sortedAtMs = nowMs;
      bucket.isSorted = true;
    }
    for (const entry of bucket.sorted) if (bucket.times.get(entry.key) === entry.atMs) yield entry;
  }

  #bucketOf(atMs: number): Bucket {
    const minute = Math.floor(atMs / MINUTE_MS);
    const known = this.#buckets.get(minute);
    if (known !== undefined) return known;
    const bucket = { times: new Map(), sorted: [], sortedAtMs: Number.NEGATIVE_INFINITY, isSorted: true };
    this.#buckets.set(minute, bucket);
    return bucket;
  }
}
