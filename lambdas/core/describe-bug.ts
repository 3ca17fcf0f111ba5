/** A line of a stack ends with a place in a file; a line of the error's text, which may begin like one, does not. */
const FRAME = /^\s+at .*(:\d+:\d+\)?|\((<anonymous>|index \d+|native)\))$/;

/** What may be logged of an error that nobody expected: its name and where it was thrown. Its text may quote a secret. */
export function describeBug(error: unknown): { name: string; at: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => FRAME.test(line));
  return { name: error.name, at: frames.slice(0, 8).map((frame) => frame.trim()) };
}
