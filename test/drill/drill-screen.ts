import pc from 'picocolors';

/** A stream that may be a terminal. */
export interface MaybeTerminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** So often that it can be read. */
const PROGRESS_INTERVAL_MS = 200;

/**
 * Where the drill is told: results on stdout; on stderr how far it is. On a terminal that is one line that moves on, in a
 * pipe a line for each simulated day and nothing else.
 */
export class DrillScreen {
  readonly #stdout: MaybeTerminal;
  readonly #stderr: MaybeTerminal;
  readonly #nowMs: () => number;
  readonly #startedAtMs: number;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  /** `nowMs` is real time, from any beginning. */
  constructor(stdout: MaybeTerminal, stderr: MaybeTerminal, nowMs: () => number = () => performance.now()) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
  }

  /** A result. */
  line(text: string): void {
    this.#clear();
    this.#stdout.write(`${text}\n`);
  }

  /** Why there is no result. */
  error(text: string): void {
    this.#clear();
    this.#stderr.write(`${text}\n`);
  }

  /** What is being done. */
  progress(what: string): void {
    const nowMs = this.#nowMs();
    if (this.#stderr.isTTY !== true || nowMs - this.#toldAtMs < PROGRESS_INTERVAL_MS) return;
    this.#toldAtMs = nowMs;
    this.#stderr.write(`\r\x1b[K${pc.dim(`${what}, ${this.#seconds()} s`)}`);
  }

  /** A simulated day that is over. */
  day(what: string): void {
    if (this.#stderr.isTTY !== true) this.#stderr.write(`${what}, ${this.#seconds()} s\n`);
  }

  #clear(): void {
    if (this.#stderr.isTTY === true) this.#stderr.write('\r\x1b[K');
  }

  #seconds(): string {
    return ((this.#nowMs() - this.#startedAtMs) / 1000).toFixed(0);
  }
}
