import type { Readable, Writable } from 'node:stream';
import type { Redacted } from '../../lambdas/core/redacted.ts';
import { type Colors, colorsFor } from './colors.ts';
import { printable } from './printable.ts';
import { type Progress, withProgress } from './progress.ts';
import { createPrompts, type Prompts } from './prompts.ts';
import { readLine, readPiped } from './read-piped.ts';

/** A stream that may be a terminal. */
export type MaybeTty<Stream> = Stream & { readonly isTTY?: boolean };

/** Where a command reads and writes. Results go to stdout; questions, progress and errors go to stderr. */
export interface Terminal {
  /** Writes lines of the result to stdout. */
  print(text: string): void;
  /** Writes a line for the user, which is not part of the result, to stderr. */
  info(text: string): void;
  readonly prompts: Prompts;
  /** Shows progress on stderr while `work` runs. */
  withProgress<Result>(message: string, work: (progress: Progress) => Promise<Result>): Promise<Result>;
  /** The text piped into stdin, or undefined when stdin is a terminal. An empty pipe is an empty text. */
  piped(): Promise<string | undefined>;
  /** The first line of stdin, as soon as it is there. Not together with `piped`. */
  readLine(): Promise<Redacted>;
  /** Colors for `print`. */
  readonly colors: Colors;
  /** Colors for `info`. */
  readonly infoColors: Colors;
  readonly isStdoutTty: boolean;
  /** Clears the screen of stdout. */
  clear(): void;
  /** Width of stdout in columns; undefined when it is not a terminal or does not know its width. */
  readonly columns: number | undefined;
}

export interface TerminalStreams {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: MaybeTty<Readable>;
  readonly stdout: MaybeTty<Writable> & { readonly columns?: number };
  readonly stderr: MaybeTty<Writable>;
}

/** A terminal on the streams of a process, or on any others. */
export function createTerminal({ environment, stdin, stdout, stderr }: TerminalStreams): Terminal {
  const isStdoutTty = stdout.isTTY === true;
  const isInteractive = stdin.isTTY === true && stderr.isTTY === true;
  const colors = colorsFor(stdout, environment);
  const infoColors = colorsFor(stderr, environment);
  const toPrint = (text: string) => printable(text, { hasColors: colors.isColorSupported });
  const toInfo = (text: string) => printable(text, { hasColors: infoColors.isColorSupported });
  const piped = stdin.isTTY === true ? undefined : readPiped(stdin);
  return {
    print: (text) => void stdout.write(`${toPrint(text)}\n`),
    info: (text) => void stderr.write(`${toInfo(text)}\n`),
    prompts: createPrompts({ input: stdin, output: stderr, isInteractive, printable: toInfo }),
    withProgress: (message, work) =>
      withProgress(message, { output: stderr, isTty: stderr.isTTY === true, printable: toInfo }, work),
    piped: async () => await piped?.(),
    readLine: () => readLine(stdin),
    colors,
    infoColors,
    isStdoutTty,
    clear: () => void stdout.write('\u001b[2J\u001b[H'),
    columns: isStdoutTty && stdout.columns !== 0 ? stdout.columns : undefined,
  };
}
