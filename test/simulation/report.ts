import pc from 'picocolors';

import { PROMISE_NAMES, type Violation } from './promises/promise.ts';
import type { Progress } from './run-seeds.ts';

/** Where a run is told: on a terminal one line moves on, in a pipe a line comes now and then. */
export class Screen {
  readonly #write: (text: string) => void;
  readonly #isTerminal: boolean;
  readonly #startedAtMs = performance.now();
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(stream: { write(text: string): unknown; readonly isTTY?: boolean }) {
    this.#write = (text) => stream.write(text);
    this.#isTerminal = stream.isTTY === true;
  }

  line(text = ''): void {
    this.#write(this.#isTerminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  /** Shown at most so often that it can be read: five times a second on a terminal, every ten seconds in a pipe. */
  progress(what: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldAtMs < (this.#isTerminal ? 200 : 10_000)) return;
    this.#toldAtMs = nowMs;
    const seconds = ((nowMs - this.#startedAtMs) / 1000).toFixed(0);
    this.#write(this.#isTerminal ? `\r\x1b[K${pc.dim(`${what}, ${seconds} s`)}` : `${what}, ${seconds} s\n`);
  }

  seconds(): string {
    return ((performance.now() - this.#startedAtMs) / 1000).toFixed(1);
  }
}

export function describeViolation({ promise, message }: Violation): string {
  return `${promise} (${PROMISE_NAMES[promise]}): ${message}`;
}

/** What a run did, in one line of figures. */
export function describeTotals({ seeds, simulatedMs, awsCalls, zohoCalls, fingerprint }: Progress): string {
  const days = (simulatedMs / 86_400_000).toFixed(simulatedMs > 864_000_000 ? 0 : 1);
  const calls = `${awsCalls.toLocaleString('en')} calls of AWS, ${zohoCalls.toLocaleString('en')} of Zoho`;
  return `${seeds.toLocaleString('en')} worlds, ${days} simulated days, ${calls}, fingerprint ${fingerprint.toString(16).padStart(8, '0')}`;
}

/** A moment of simulated time, counted from the beginning: h:mm:ss.mmm. */
export function formatElapsed(ms: number): string {
  const part = (value: number, length: number) => String(Math.floor(value)).padStart(length, '0');
  const [hours, minutes, seconds] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60];
  return `${part(hours, 1)}:${part(minutes, 2)}:${part(seconds, 2)}.${part(ms % 1000, 3)}`;
}
