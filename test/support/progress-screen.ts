import { colorsFor } from '../../cli/terminal/colors.ts';

const pc = colorsFor(process.stdout, process.env);

/** A stream that may be a terminal. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface ProgressScreenOptions {
  /** How often progress is printed when stderr is not a terminal, in milliseconds. @default never */
  readonly pipeIntervalMs?: number;
  /** Monotonic time in milliseconds. */
  readonly nowMs?: () => number;
}

/** Slow enough to read. */
const TERMINAL_INTERVAL_MS = 200;

/** Prints results to stdout and progress to stderr. On a terminal, progress is one line that is overwritten. */
export class ProgressScreen {
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #intervalMs: number;
  readonly #nowMs: () => number;
  readonly #startedAtMs: number;
  #printedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    stdout: OutputStream,
    stderr: OutputStream,
    {
      pipeIntervalMs = Number.POSITIVE_INFINITY,
      nowMs = () => performance.now(),
    }: ProgressScreenOptions = {},
  ) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#intervalMs = stderr.isTTY === true ? TERMINAL_INTERVAL_MS : pipeIntervalMs;
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
    if (stderr.isTTY !== true) this.#printedAtMs = nowMs();
  }

  /** Prints a result. */
  line(text = ''): void {
    this.#clear();
    this.#stdout.write(`${text}\n`);
  }

  /** Prints why there is no result. */
  error(text: string): void {
    this.#clear();
    this.#stderr.write(`${text}\n`);
  }

  /** Shows what is being done, unless it was shown a moment ago. */
  progress(what: string): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#printedAtMs < this.#intervalMs) return;
    this.#printedAtMs = nowMs;
    const text = `${what}, ${this.seconds(0)} s`;
    this.#stderr.write(this.#stderr.isTTY === true ? `\r\x1b[K${pc.dim(text)}` : `${text}\n`);
  }

  /** Prints a completed step of a long run when stderr is not a terminal. */
  milestone(what: string): void {
    if (this.#stderr.isTTY !== true) this.#stderr.write(`${what}, ${this.seconds(0)} s\n`);
  }

  /** Seconds since the start. */
  seconds(fractionDigits = 1): string {
    return ((this.#nowMs() - this.#startedAtMs) / 1000).toFixed(fractionDigits);
  }

  #clear(): void {
    if (this.#stderr.isTTY === true) this.#stderr.write('\r\x1b[K');
  }
}
