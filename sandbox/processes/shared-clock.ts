import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { ManualClock } from '../deployment/clock.ts';

const BYTES = 8;

/** The time that processes share: a file, because a stopped process must not stop time. */
export class SharedTime {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'w');
  }

  set(nowMs: number): void {
    const bytes = Buffer.alloc(BYTES);
    bytes.writeDoubleLE(nowMs);
    writeSync(this.#file, bytes, 0, BYTES, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/**
 * A clock that shows a {@link SharedTime}. As with a real clock, the time has advanced when a stopped process continues,
 * but overdue timers fire a little later: when `fireTimers` is called.
 */
export class SharedClock {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(BYTES);
  readonly #timers: ManualClock;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.#timers = new ManualClock(this.now());
  }

  now(): number {
    readSync(this.#file, this.#bytes, 0, BYTES, 0);
    return this.#bytes.readDoubleLE();
  }

  /** A signal that aborts when that many milliseconds have passed and the timers were fired. */
  abortAfter(ms: number): AbortSignal {
    const behindMs = this.now() - this.#timers.now();
    return this.#timers.abortAfter(ms <= 0 ? ms : ms + behindMs);
  }

  fireTimers(): void {
    this.#timers.advanceTo(this.now());
  }
}
