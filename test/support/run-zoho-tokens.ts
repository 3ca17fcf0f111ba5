import { PassThrough } from 'node:stream';
import { runCli } from '../../cli/run-cli.ts';
import type { Machine } from '../../cli/runtime.ts';
import type { Prompts } from '../../cli/terminal/prompts.ts';
import { createTerminal } from '../../cli/terminal/terminal.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';

export interface CliRun {
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRunOptions {
  readonly clock: Clock;
  /** As the sandbox's server gives it. The AWS SDK reads the real environment: stub that as well. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is piped in. @default nothing */
  readonly stdin?: string;
  /** Answers to the questions, in their order. @default nobody can be asked */
  readonly answers?: readonly (string | boolean)[];
  /** What a person does who is sent to an address. @default no browser can be opened */
  readonly openBrowser?: (url: string) => Promise<void>;
  readonly fetch?: typeof globalThis.fetch;
  /** Called when the command waits. @default the clock is left alone */
  readonly wait?: (ms: number) => Promise<void>;
  /** Gets the function that presses Ctrl-C. */
  readonly onInterruptible?: (interrupt: () => void) => void;
}

/** Runs a command line in this process, with everything of the machine replaced but the network. */
export async function runZohoTokens(args: readonly string[], options: CliRunOptions): Promise<CliRun> {
  const { clock, environment, answers } = options;
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(options.stdin ?? '');
  const [out, err] = [collect(stdout), collect(stderr)];
  const listeners = new Set<() => void>();
  const terminal = createTerminal({ environment, stdin, stdout, stderr });
  const machine: Machine = {
    environment,
    terminal: answers === undefined ? terminal : { ...terminal, prompts: scripted(answers) },
    clock,
    wait: options.wait ?? (async () => {}),
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    openBrowser: options.openBrowser ?? (() => Promise.reject(new Error('There is no browser.'))),
    newState: () => 'state-that-nobody-can-guess-0123456789',
    onInterrupt: (listener) => {
      listeners.add(listener);
      options.onInterruptible?.(() => {
        for (const each of listeners) each();
      });
      return () => listeners.delete(listener);
    },
  };
  const exitCode = await runCli(args, machine);
  return { exitCode, stdout: out(), stderr: err() };
}

/** Answers that a person gives. A question too many is a fault of the test. */
function scripted(answers: readonly (string | boolean)[]): Prompts {
  const left = [...answers];
  const next = (message: string) => {
    const answer = left.shift();
    if (answer === undefined) throw new Error(`Nobody knows an answer to "${message}".`);
    return answer;
  };
  const later = <Answer>(answer: () => Answer) => Promise.resolve().then(answer);
  return {
    isInteractive: true,
    text: ({ message, fault }) =>
      later(() => {
        const answer = String(next(message));
        const wrong = fault?.(answer);
        if (wrong !== undefined) throw new Error(`"${answer}" is no answer to "${message}": ${wrong}`);
        return answer;
      }),
    secret: ({ message }) => later(() => new Redacted(String(next(message)))),
    confirm: ({ message }) => later(() => next(message) === true),
    select: ({ message, options }) =>
      later(() => {
        const answer = next(message);
        const option = options.find(({ value }) => value === answer);
        if (option === undefined) throw new Error(`"${answer}" is none of the answers to "${message}".`);
        return option.value;
      }),
  };
}

function collect(stream: PassThrough): () => string {
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  return () => chunks.join('');
}
