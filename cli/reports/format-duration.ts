const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Formats a duration in one or two units: `42 s`, `13 min`, `2 h 5 min`, `3 d`. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < 100 * SECOND_MS) return `${Math.round(length / SECOND_MS)} s`;
  if (length < 100 * MINUTE_MS) return `${Math.round(length / MINUTE_MS)} min`;
  if (length < 2 * DAY_MS) {
    const minutes = Math.round(length / MINUTE_MS);
    return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }
  return `${Math.round(length / DAY_MS)} d`;
}
