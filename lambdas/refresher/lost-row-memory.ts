/** Rows that are lost together are found within this time: a consumer asks when its token expires. */
const WINDOW_MS = 60 * 60_000;

/** So many lost rows are notified in an hour. More mean that the table was lost or restored, which one notification says. */
const MOST_NOTIFIED = 4;

/** Which rows had disappeared from the table, for as long as the Lambda environment lives. Times are elapsed ones. */
export interface LostRowMemory {
  /** False if enough others were notified in the last hour. */
  mayNotify(connection: string, elapsedMs: number): boolean;
  /** The connections whose rows were lost in the last hour, in order. */
  recent(elapsedMs: number): readonly string[];
}

export function createLostRowMemory(): LostRowMemory {
  const lostAtMs = new Map<string, number>();

  function recent(elapsedMs: number): readonly string[] {
    for (const [connection, atMs] of lostAtMs) if (elapsedMs - atMs > WINDOW_MS) lostAtMs.delete(connection);
    return [...lostAtMs.keys()];
  }

  return {
    mayNotify: (connection, elapsedMs) => {
      lostAtMs.set(connection, elapsedMs);
      return recent(elapsedMs).length <= MOST_NOTIFIED;
    },
    recent,
  };
}
