const MIN_MS = 5_000;
const MAX_MS = 5 * 60_000;

/** Pauses after attempts that bring nothing: 5 s at first, then each twice as long as the one before, at most 5 minutes. */
export const createDoublingPauses = () => {
  let nextMs = MIN_MS;
  return {
    /** The next pause, or `wantedMs` if that is longer, within the bounds. */
    next(wantedMs = 0): number {
      const pauseMs = Math.min(Math.max(nextMs, wantedMs), MAX_MS);
      nextMs *= 2;
      return pauseMs;
    },
    /** After an attempt that brought something. */
    reset(): void {
      nextMs = MIN_MS;
    },
  };
};
