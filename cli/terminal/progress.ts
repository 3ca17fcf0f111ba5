import type { Writable } from 'node:stream';

/** Something under way, until `stop`. */
export interface Progress {
  update(message: string): void;
  /** Ends it without a word. */
  stop(): void;
}

/** Off a terminal, what takes longer than this is said to be under way, and again after so many seconds. */
const SILENT_SECONDS = 2;
const REPEATED_SECONDS = 30;
const SECOND_MS = 1_000;

/**
 * One line that counts the seconds on a terminal; elsewhere one line for whatever takes more than two seconds. No spinner of
 * a library: those take Ctrl-C for themselves, and it has to wait while credentials are being stored.
 */
export function createProgress(
  message: string,
  { output, isShown }: { readonly output: Writable; readonly isShown: boolean },
): Progress {
  let last = message;
  let seconds = 0;
  const clear = () => (isShown ? void output.write('\r\u001b[2K') : undefined);
  const show = () => {
    clear();
    output.write(isShown ? `… ${last}${seconds > 1 ? ` (${seconds} s)` : ''}` : `${last} ...\n`);
  };
  const timer = setInterval(() => {
    seconds += 1;
    if (isShown || seconds % REPEATED_SECONDS === SILENT_SECONDS) show();
  }, SECOND_MS);
  timer.unref();
  if (isShown) show();
  return {
    update: (text) => {
      last = text;
      if (isShown) show();
    },
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}
