import type { Machine } from '../runtime.ts';

/**
 * Runs to its end although Ctrl-C is pressed: a code that was exchanged is worth nothing unless what came of it is stored. It
 * takes seconds, and every call in it has a time-out.
 */
export async function uninterrupted<Result>(
  { onInterrupt, terminal }: Machine,
  work: () => Promise<Result>,
): Promise<Result> {
  const release = onInterrupt(() => terminal.say('Storing what Zoho gave: one moment.'));
  try {
    return await work();
  } finally {
    release();
  }
}
