import type { Readable, Writable } from 'node:stream';
import picocolors from 'picocolors';
import { createProgress, type Progress } from './progress.ts';
import { createPrompts, type Prompts } from './prompts.ts';
import { readPiped } from './read-piped.ts';

/** Text in colours, or plain where they are not wanted. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** A stream that may be a terminal. */
export type MaybeTty<Stream> = Stream & { readonly isTTY?: boolean };

/** Where a command reads and writes. Results go to stdout; questions, progress and errors to stderr. */
export interface Terminal {
  /** One line, or several, of the result. */
  print(text: string): void;
  /** One line for the person who watches; not part of the result. */
  say(text: string): void;
  readonly prompts: Prompts;
  /** Shows that something is under way. */
  progress(message: string): Progress;
  /** What was piped in, or undefined at a terminal. Read once; an empty pipe is an empty text. */
  piped(): Promise<string | undefined>;
  /** Colours for stdout. */
  readonly colors: Colors;
  /** Colours for stderr. */
  readonly sideColors: Colors;
  /** Results are shown to a person, not to a pipe or a file. */
  readonly isShown: boolean;
  /** Clears the screen that results are shown on. */
  clear(): void;
  /** Width of the screen in columns, or undefined where there is none or it is not known. */
  readonly columns: number | undefined;
}

export interface TerminalStreams {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: MaybeTty<Readable>;
  readonly stdout: MaybeTty<Writable> & { readonly columns?: number };
  readonly stderr: MaybeTty<Writable>;
}

/** The terminal of a process, or whatever its streams lead to. */
export function createTerminal({ environment, stdin, stdout, stderr }: TerminalStreams): Terminal {
  const isShown = stdout.isTTY === true;
  const wantsColors = (stream: { readonly isTTY?: boolean }) =>
    stream.isTTY === true && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
  const sideColors = picocolors.createColors(wantsColors(stderr));
  const isInteractive = stdin.isTTY === true && stderr.isTTY === true;
  const piped = stdin.isTTY === true ? undefined : readPiped(stdin);
  return {
    print: (text) => void stdout.write(`${text}\n`),
    say: (text) => void stderr.write(`${text}\n`),
    prompts: createPrompts({ input: stdin, output: stderr, isInteractive }),
    progress: (message) => createProgress(message, { output: stderr, isShown: stderr.isTTY === true }),
    piped: async () => await piped?.(),
    colors: picocolors.createColors(wantsColors(stdout)),
    sideColors,
    isShown,
    clear: () => void stdout.write('\u001b[2J\u001b[H'),
    columns: isShown && stdout.columns !== 0 ? stdout.columns : undefined,
  };
}
