import { randomBytes } from 'node:crypto';
import { systemClock } from '../lambdas/adapters/system-clock.ts';
import type { Clock } from '../lambdas/core/ports.ts';
import { openBrowser } from './browser/open-browser.ts';
import { type ConfirmedAccounts, createConfirmedAccounts } from './deployment/confirmed-accounts.ts';
import { createTerminal, type Terminal } from './terminal/terminal.ts';

/** The process and machine that the CLI runs on. Commands reach both only through this. */
export interface Runtime {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly confirmedAccounts: ConfirmedAccounts;
  readonly clock: Clock;
  /** Resolves after this many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
  readonly fetch: typeof globalThis.fetch;
  /** Opens the user's browser. Resolves when it has started, with a function to call at the end; rejects when there is none. */
  readonly openBrowser: (url: string) => Promise<() => void>;
  /** An unguessable text: 256 random bits, base64url. */
  readonly newState: () => string;
  /** Calls the listener on Ctrl-C, instead of ending the process, until the returned function is called. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** The runtime of a Node.js process. */
export function createRuntime(process: NodeJS.Process): Runtime {
  const { env, stdin, stdout, stderr, platform } = process;
  const environment = takeEnvironment(env);
  return {
    environment,
    terminal: createTerminal({ environment, stdin, stdout, stderr }),
    confirmedAccounts: createConfirmedAccounts({ environment, platform }),
    clock: systemClock,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    fetch: (...request) => fetch(...request),
    openBrowser: (url) => openBrowser(url, { platform, environment }),
    newState: () => randomBytes(32).toString('base64url'),
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}

/** A copy of the environment. The client secret is removed from the original, which every child process inherits. */
function takeEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string | undefined>> {
  const environment = { ...env };
  delete env.ZOHO_CLIENT_SECRET;
  return environment;
}
