/** A fleet grows and shrinks slowly: its size is read again after this time. */
const KNOWN_FOR_MS = 50 * 60_000;

/** A list that could not be read in time may have met a service that was slow for a moment. */
const TOO_LARGE_FOR_MS = 10 * 60_000;

/** One of the lists of what is due: that of declared connections, or that of a shard. */
export type FleetList = { readonly shard: number; readonly shards: number } | undefined;

/** How many connections are renewed on schedule, for as long as the Lambda environment lives. A new one knows nothing. */
export interface FleetMemory {
  /** Of all lists. Shards that this environment has not seen count as those that it has. Undefined if it has seen none lately. */
  size(nowMs: number): number | undefined;
  /** Of this list. Undefined if it is unknown, or was read too long ago. */
  sizeOfList(nowMs: number): number | undefined;
  /** Remembers the size of this list. */
  remember(size: number, nowMs: number): void;
  /** True if this list was too large to be read in time, not long ago. */
  isTooLarge(nowMs: number): boolean;
  /** Remembers that this list could not be read in time. */
  rememberTooLarge(nowMs: number): void;
  /** The same memory for another list. */
  inList(list: FleetList): FleetMemory;
}

export function createFleetMemory(): FleetMemory {
  return memoryOf(new Map(), new Map(), undefined);
}

interface KnownSize {
  readonly size: number;
  readonly atMs: number;
}

function memoryOf(
  known: Map<number | undefined, KnownSize>,
  /** When each list was found to be too large. */
  tooLarge: Map<number | undefined, number>,
  list: FleetList,
): FleetMemory {
  const sizeOf = (shard: number | undefined, nowMs: number): number | undefined => {
    const found = known.get(shard);
    return found !== undefined && Math.abs(nowMs - found.atMs) < KNOWN_FOR_MS ? found.size : undefined;
  };
  return {
    size: (nowMs) => {
      const declared = sizeOf(undefined, nowMs);
      if (list === undefined) return declared;
      const shards = Array.from({ length: list.shards }, (_, shard) => sizeOf(shard, nowMs));
      const seen = shards.filter((size) => size !== undefined);
      if (seen.length === 0) return declared;
      const ofSeen = seen.reduce((sum, size) => sum + size, 0);
      return (declared ?? 0) + Math.round((ofSeen * list.shards) / seen.length);
    },
    sizeOfList: (nowMs) => sizeOf(list?.shard, nowMs),
    remember: (size, nowMs) => known.set(list?.shard, { size, atMs: nowMs }),
    isTooLarge: (nowMs) =>
      Math.abs(nowMs - (tooLarge.get(list?.shard) ?? Number.NEGATIVE_INFINITY)) < TOO_LARGE_FOR_MS,
    rememberTooLarge: (nowMs) => tooLarge.set(list?.shard, nowMs),
    inList: (other) => memoryOf(known, tooLarge, other),
  };
}
