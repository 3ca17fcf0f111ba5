/** A fleet grows and shrinks slowly: its size is read again after this time. */
const KNOWN_FOR_MS = 50 * 60_000;

/** How many connections are renewed on schedule, for as long as the Lambda environment lives. A new one knows nothing. */
export interface FleetMemory {
  /** Undefined if it is unknown, or was read too long ago. */
  size(nowMs: number): number | undefined;
  remember(size: number, nowMs: number): void;
}

export function createFleetMemory(): FleetMemory {
  let known: { readonly size: number; readonly atMs: number } | undefined;
  return {
    size: (nowMs) =>
      known !== undefined && Math.abs(nowMs - known.atMs) < KNOWN_FOR_MS ? known.size : undefined,
    remember: (size, nowMs) => {
      known = { size, atMs: nowMs };
    },
  };
}
