/** A turn that never ends must not stop the clock: it is read again after this many readings. */
const MAX_READINGS = 1_000;

/**
 * The system's clock, read once per turn of the event loop, because reading it costs as much as everything else that a
 * cached token needs. Nothing is awaited within a turn, so no time passes that matters.
 */
export function createTurnClock(readMs: () => number = Date.now): () => number {
  let nowMs = 0;
  let readingsLeft = 0;
  const endTurn = () => {
    readingsLeft = 0;
  };
  return () => {
    if (readingsLeft > 0) {
      readingsLeft -= 1;
      return nowMs;
    }
    nowMs = readMs();
    readingsLeft = MAX_READINGS;
    setImmediate(endTurn).unref();
    return nowMs;
  };
}
