import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LambdaName, lambdaFolder } from '../../infra/lambda-folder.ts';
import { LAMBDA_NODE } from './run-bundle.ts';

const PROGRAM = fileURLToPath(new URL('lambda-process.mjs', import.meta.url));

/** How to run a function. */
export interface LambdaProcessesOptions {
  readonly name: LambdaName;
  readonly environment: Readonly<Record<string, string>>;
  /** Where Zoho's hosts are. */
  readonly routes: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** How far the function's clock is ahead of the machine's. */
  readonly shiftMs: () => number;
  /** How far it is ahead of Lambda's. @default 0 */
  readonly skewMs?: () => number;
  /** Events that are handled at once. Others wait. */
  readonly most: number;
}

type Message =
  | { readonly node: string }
  | { readonly result: unknown }
  | { readonly failure: { readonly name: string; readonly message: string } };

interface Environment {
  readonly child: ChildProcess;
  isBusy: boolean;
  /** Gets the next message; undefined if the process dies before. */
  receive: (message: Message | undefined) => void;
  /** The version of Node. */
  readonly ready: Promise<string>;
}

/** A deployed bundle as Lambda runs it: in processes of Lambda's Node, each of which handles one event at a time. */
export class LambdaProcesses {
  readonly #options: LambdaProcessesOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'lambda-processes-'));
  readonly #waiting: ((environment: Environment) => void)[] = [];
  #environments: Environment[] = [];
  #output = '';

  constructor(options: LambdaProcessesOptions) {
    this.#options = options;
  }

  /** All that the processes wrote. */
  get output(): string {
    return this.#output;
  }

  /** The version of Node that runs the bundle. */
  async nodeVersion(): Promise<string> {
    const environment = await this.#take();
    this.#release(environment);
    return await environment.ready;
  }

  /** Rejects with the function's error, or if its process dies before it answers. */
  async invoke(event: unknown, invokedFunctionArn: string): Promise<unknown> {
    const environment = await this.#take();
    try {
      await environment.ready;
      const answered = nextMessage(environment);
      const { timeoutMs, shiftMs, skewMs = () => 0 } = this.#options;
      const clock = { shift: shiftMs(), skew: skewMs() };
      environment.child.send({ event, invokedFunctionArn, timeoutMs, ...clock });
      const answer = await answered;
      if (answer !== undefined && 'result' in answer) return answer.result;
      if (answer !== undefined && 'failure' in answer)
        throw Object.assign(new Error(answer.failure.message), { name: answer.failure.name });
      throw new Error('Runtime exited without providing a reason');
    } finally {
      this.#release(environment);
    }
  }

  /** Kills the processes that handle an event, at whatever point they are. */
  async killBusy(): Promise<void> {
    for (const { child } of this.#environments.filter(({ isBusy }) => isBusy)) await kill(child);
  }

  async close(): Promise<void> {
    for (const { child } of this.#environments) await kill(child);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #take(): Promise<Environment> {
    const idle = this.#environments.find(({ isBusy }) => !isBusy);
    const environment = idle ?? (this.#environments.length < this.#options.most ? this.#start() : undefined);
    if (environment !== undefined) {
      environment.isBusy = true;
      return environment;
    }
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(environment: Environment): void {
    const isAlive = !hasEnded(environment.child);
    if (!isAlive) this.#environments = this.#environments.filter((each) => each !== environment);
    const next = this.#waiting.shift();
    environment.isBusy = next !== undefined && isAlive;
    if (next === undefined) return;
    if (isAlive) next(environment);
    else next(Object.assign(this.#start(), { isBusy: true }));
  }

  #start(): Environment {
    const { name, environment, routes } = this.#options;
    const bundle = join(lambdaFolder(name), 'index.mjs');
    const child = fork(PROGRAM, [bundle, JSON.stringify(routes)], {
      execPath: LAMBDA_NODE,
      execArgv: [],
      cwd: this.#folder,
      env: { ...environment, HOME: this.#folder, TMPDIR: this.#folder },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const note = (chunk: Buffer) => {
      this.#output += chunk.toString();
    };
    child.stdout?.on('data', note);
    child.stderr?.on('data', note);
    const started: Environment = {
      child,
      isBusy: false,
      receive: () => undefined,
      ready: new Promise((resolve, reject) => {
        child.once('message', (message: Message) => resolve('node' in message ? message.node : ''));
        child.once('exit', () => reject(new Error(`${name} did not start: ${this.#output.slice(-1_000)}`)));
      }),
    };
    started.ready.catch(() => undefined);
    child.on('message', (message: Message) => started.receive(message));
    child.once('exit', () => started.receive(undefined));
    this.#environments.push(started);
    return started;
  }
}

function nextMessage(environment: Environment): Promise<Message | undefined> {
  return new Promise((resolve) => {
    environment.receive = resolve;
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function kill(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
