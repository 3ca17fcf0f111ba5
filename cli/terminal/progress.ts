import type { Writable } from 'node:stream';

/** An operation in progress. */
export interface Progress {
  update(message: string): void;
}

/** Without a terminal, a line is written after this many seconds, and again at this interval. */
const FIRST_LINE_SECONDS = 2;
const REPEAT_SECONDS = 30;
const SECOND_MS = 1_000;

/**
 * Shows progress while `work` runs: on a terminal, one line that counts the seconds; elsewhere, one line for an operation that
 * takes more than two seconds.
 *
 * Not a spinner from a library: those handle Ctrl-C themselves, but Ctrl-C has to wait while credentials are being stored.
 */
export async function withProgress<Result>(
  message: string,
  {
    output,
    isTty,
    printable,
  }: {
    readonly output: Writable;
    readonly isTty: boolean;
    readonly printable: (text: string) => string;
  },
  work: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  let current = printable(message);
  let seconds = 0;
  const clear = () => (isTty ? void output.write('\r\u001b[2K') : undefined);
  const show = () => {
    clear();
    output.write(isTty ? `… ${current}${seconds > 1 ? ` (${seconds} s)` : ''}` : `${current} ...\n`);
  };
  const timer = setInterval(() => {
    seconds += 1;
    if (isTty || seconds % REPEAT_SECONDS === FIRST_LINE_SECONDS) show();
  }, SECOND_MS);
  timer.unref();
  if (isTty) show();
  try {
    return await work({
      update: (text) => {
        current = printable(text);
        if (isTty) show();
      },
    });
  } finally {
    clearInterval(timer);
    clear();
  }
}
