/** What may be logged of an error that nobody expected: its name and where it was thrown. Its text may quote a secret. */
export function describeBug(error: unknown): { name: string; at: string[] } {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { name: error.name, at: frames.slice(0, 8).map((frame) => frame.trim()) };
}
