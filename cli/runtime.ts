import { randomBytes } from 'node:crypto';
import open from 'open';
import type { Clock } from '../lambdas/core/ports.ts';
import { createTerminal, type Terminal } from './terminal/terminal.ts';

/** What the command line has of the machine that it runs on. Everything else it reaches through this. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
  readonly fetch: typeof globalThis.fetch;
  /** Opens the person's browser. Resolves when it was started; rejects when there is none. */
  readonly openBrowser: (url: string) => Promise<void>;
  /** A text that nobody can guess: 256 bits, base64url. */
  readonly newState: () => string;
  /** Calls back on Ctrl-C, in the place of ending the process, until the returned function is called. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** The real machine. */
export function createMachine(process: NodeJS.Process): Machine {
  const { env, stdin, stdout, stderr } = process;
  return {
    environment: env,
    terminal: createTerminal({ environment: env, stdin, stdout, stderr }),
    clock: { now: () => Date.now(), abortAfter: (ms) => AbortSignal.timeout(ms) },
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    fetch: (...request) => fetch(...request),
    openBrowser: async (url) => {
      const browser = await open(url);
      await new Promise((resolve, reject) => {
        browser.once('error', reject);
        browser.once('spawn', resolve);
        if (browser.pid !== undefined) resolve(undefined);
      });
    },
    newState: () => randomBytes(32).toString('base64url'),
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}
