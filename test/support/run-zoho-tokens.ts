import { PassThrough } from 'node:stream';
import type { ConfirmedAccounts } from '../../cli/deployment/confirmed-accounts.ts';
import { runCli } from '../../cli/run-cli.ts';
import type { Runtime } from '../../cli/runtime.ts';
import type { Prompts } from '../../cli/terminal/prompts.ts';
import { createTerminal, type Terminal } from '../../cli/terminal/terminal.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';

/** The state of a consent, instead of 256 random bits. */
export const STATE = 'state-for-tests-0123456789';

export interface CliRun {
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
  /** The questions that were asked. */
  readonly questions: readonly string[];
}

export interface CliRunOptions {
  readonly clock: Clock;
  /** From the sandbox server. The AWS SDK reads the real environment, so stub that too. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is piped in. A function gets what was shown on stderr until it is read. @default nothing */
  readonly stdin?: string | ((shown: string) => Promise<string> | string);
  /** Answers to the questions, in order. A function gets what was shown on stderr. @default not interactive */
  readonly answers?: readonly Answer[];
  /** Whether results are shown on a terminal. @default false */
  readonly isStdoutTty?: boolean;
  /** What the user does with an address. @default no browser can be started */
  readonly openBrowser?: (url: string) => Promise<void>;
  /** The accounts in which the user has confirmed changes. @default the sandbox's */
  readonly confirmedAccounts?: ConfirmedAccounts;
  readonly fetch?: typeof globalThis.fetch;
  /** Called when the command waits. @default returns at once, without advancing the clock */
  readonly wait?: (ms: number) => Promise<void>;
  /** Makes what cannot be guessed. @default always {@link STATE} */
  readonly newState?: () => string;
  /** Receives a function that presses Ctrl-C. */
  readonly onInterruptible?: (interrupt: () => void) => void;
}

type Answer = string | boolean | ((shown: string) => Promise<string> | string);

/** Runs a command line in this process. Everything of the runtime is replaced except the network. */
export async function runZohoTokens(args: readonly string[], options: CliRunOptions): Promise<CliRun> {
  const { clock, environment, answers, isStdoutTty: isTTY = false } = options;
  const [stdin, stderr] = [new PassThrough(), new PassThrough()];
  const stdout = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const { stdin: given = '' } = options;
  if (typeof given === 'string') stdin.end(given);
  const [out, err] = [collect(stdout), collect(stderr)];
  const listeners = new Set<() => void>();
  const questions: string[] = [];
  const plain = createTerminal({ environment, stdin, stdout, stderr });
  const terminal: Terminal = {
    ...plain,
    readLine: async () => {
      if (typeof given !== 'string') stdin.end(`${await given(err())}\n`);
      return await plain.readLine();
    },
  };
  const runtime: Runtime = {
    environment,
    terminal:
      answers === undefined ? terminal : { ...terminal, prompts: scriptedPrompts(answers, questions, err) },
    confirmedAccounts: options.confirmedAccounts ?? rememberAccounts(['000000000000']),
    clock,
    wait: options.wait ?? (async () => {}),
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    openBrowser: async (url) => {
      if (options.openBrowser === undefined) throw new Error('There is no browser.');
      await options.openBrowser(url);
      return () => {};
    },
    newState: options.newState ?? (() => STATE),
    onInterrupt: (listener) => {
      listeners.add(listener);
      options.onInterruptible?.(() => {
        for (const each of listeners) each();
      });
      return () => listeners.delete(listener);
    },
  };
  const exitCode = await runCli(args, runtime);
  return { exitCode, stdout: out(), stderr: err(), questions };
}

/** Remembers accounts for as long as the test runs. */
export function rememberAccounts(accounts: readonly string[]): ConfirmedAccounts {
  const remembered = new Set(accounts);
  return {
    has: (account) => Promise.resolve(remembered.has(account)),
    add: (account) => {
      remembered.add(account);
      return Promise.resolve(undefined);
    },
  };
}

/** Prompts that take the answers in order. An unexpected question fails the test. */
function scriptedPrompts(answers: readonly Answer[], asked: string[], shown: () => string): Prompts {
  const left = [...answers];
  const next = (message: string) => {
    asked.push(message);
    const answer = left.shift();
    return answer === undefined
      ? Promise.reject(new Error(`The test has no answer to "${message}".`))
      : Promise.resolve(typeof answer === 'function' ? answer(shown()) : answer);
  };
  return {
    isInteractive: true,
    text: async ({ message, validate }) => {
      const answer = String(await next(message));
      const error = validate?.(answer);
      if (error !== undefined) throw new Error(`"${answer}" is not a valid answer to "${message}": ${error}`);
      return answer;
    },
    secret: async ({ message, validate }) => {
      const answer = String(await next(message));
      const error = validate?.(answer);
      if (error !== undefined) throw new Error(`This is not a valid answer to "${message}": ${error}`);
      return new Redacted(answer);
    },
    confirm: async ({ message }) => (await next(message)) === true,
    select: async ({ message, options }) => {
      const answer = await next(message);
      const option = options.find(({ value }) => value === answer);
      if (option === undefined) throw new Error(`"${answer}" is not an option of "${message}".`);
      return option.value;
    },
  };
}

function collect(stream: PassThrough): () => string {
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  return () => chunks.join('');
}
