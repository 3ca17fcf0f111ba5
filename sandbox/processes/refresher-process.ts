import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { RefreshDueResponse, RefreshResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import type { ProcessFolder } from './process-folder.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-protocol.ts';

/** A refresher in a process of its own, as its parent sees it. */
export class RefresherProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #folder: ProcessFolder;
  readonly #waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  readonly #onMetricLine: (line: string) => void;
  #nextId = 1;

  constructor(setup: WorkerSetup, folder: ProcessFolder, onMetricLine: (line: string) => void) {
    this.name = setup.name;
    this.#folder = folder;
    this.#onMetricLine = onMetricLine;
    this.#child = fork(folder.program, [JSON.stringify(setup), folder.time.path], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: FromWorker) => this.#receive(message));
    this.#child.on('exit', (code, signal) => this.#abandonAll(`the process ended (${signal ?? code})`));
  }

  /** Resolves when the process accepts events. */
  async ready(): Promise<void> {
    const ended = once(this.#child, 'exit').then(() => undefined);
    const first = await Promise.race([once(this.#child, 'message'), ended]);
    if (first === undefined) throw new Error(`${this.name} ended before it was ready.`);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Sends an event at a moment of simulated time. Rejects when the process dies before it answers. */
  invoke<Result extends RefreshDueResponse | RefreshResponse>(
    event: unknown,
    nowMs: number,
  ): Promise<Result> {
    const id = this.#nextId++;
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#folder.time.set(nowMs);
      this.#send({ id, event });
    });
  }

  /** Fires the timers that are due: the deadlines of the process. A stopped process does so when it continues. */
  fireTimers(): void {
    this.#send({});
  }

  /** Stops the process, as a debugger or a suspended machine would. */
  stop(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Continues a stopped process. */
  continue(): void {
    this.#child.kill('SIGCONT');
  }

  /** Kills the process, even a stopped one: nothing in it runs again. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** {@link kill} without waiting. */
  killAtOnce(): void {
    this.#child.kill('SIGKILL');
  }

  #send(message: ToWorker): void {
    // Sending to a killed process fails; its exit is reported separately.
    this.#child.send(message, () => {});
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
