import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RefreshDueResponse, RefreshResponse } from '../lambdas/core/refresher-events.ts';
import type { RefresherConfig } from '../lambdas/refresher/config.ts';
import type { Routes } from './zoho-router.ts';

/** What a refresher process needs to know of the sandbox. Holds no secret. */
export interface WorkerSetup {
  readonly config: RefresherConfig;
  readonly dynamoDbEndpoint: string;
  readonly secretsManagerEndpoint: string;
  readonly routes: Routes;
  readonly seed: number;
}

export interface ToWorker {
  readonly id: number;
  readonly nowMs: number;
  readonly event: unknown;
}

export type FromWorker =
  | { readonly ready: true }
  | { readonly metricLine: string }
  | { readonly id: number; readonly result: RefreshDueResponse | RefreshResponse }
  | { readonly id: number; readonly error: string };

/** A refresher in a process of its own, as seen by its parent. */
export class RefresherProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  readonly #onMetricLine: (line: string) => void;
  #nextId = 1;

  private constructor(child: ChildProcess, onMetricLine: (line: string) => void) {
    this.#child = child;
    this.#onMetricLine = onMetricLine;
    child.on('message', (message: FromWorker) => this.#receive(message));
    child.on('exit', (code, signal) => this.#abandonAll(`the process ended (${signal ?? code})`));
  }

  /** Resolves when the process takes events. */
  static async start(
    setup: WorkerSetup,
    onMetricLine: (line: string) => void = () => {},
  ): Promise<RefresherProcess> {
    const child = fork(
      fileURLToPath(new URL('./refresher-worker.ts', import.meta.url)),
      [JSON.stringify(setup)],
      {
        execArgv: ['--import', 'tsx'],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    const [first] = (await once(child, 'message')) as [FromWorker];
    if (!('ready' in first)) throw new Error('The refresher process did not say that it is ready.');
    return new RefresherProcess(child, onMetricLine);
  }

  /** Sends an event at a moment of simulated time. Rejects when the process dies before it answers. */
  invoke<Result extends RefreshDueResponse | RefreshResponse>(
    event: unknown,
    nowMs: number,
  ): Promise<Result> {
    const id = this.#nextId++;
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, nowMs, event } satisfies ToWorker);
    });
  }

  /** Ends the process as the kernel would: nothing in it gets to run again. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #receive(message: FromWorker): void {
    if ('metricLine' in message) this.#onMetricLine(message.metricLine);
    if (!('id' in message)) return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('error' in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.result as never);
  }

  #abandonAll(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}
