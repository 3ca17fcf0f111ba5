/**
 * A stack frame ends with a position in a file. A line of the error's text may start like a frame, but does not end
 * like one.
 */
const FRAME = /^\s+at .*(:\d+:\d+\)?|\((<anonymous>|index \d+|native)\))$/;

/** What may be logged about an unexpected error: its name and where it was thrown. Its text may contain a secret. */
export function describeBug(error: unknown): { name: string; at: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => FRAME.test(line));
  return { name: error.name, at: frames.slice(0, 8).map((frame) => frame.trim()) };
}
