/** A call that never ends, because its process is dead. */
const NEVER = new Promise<never>(() => {});

/** How a process ends during a tick: dead, or frozen until it is thawed. */
export type Disturbance = 'crash' | 'freeze';

/**
 * One process of a fleet. Every call of a port passes it, so that it can die or be frozen between any two of them: before the call has
 * its effect, or after it, so that the answer is lost. A process that is frozen reads the answer when it goes on.
 */
export class FleetProcess {
  /** Resolves when the process is dead or frozen. */
  readonly stopped: Promise<void>;
  #stop: () => void = () => {};
  #isDead = false;
  #thawed: Promise<void> | undefined;
  #thaw: () => void = () => {};
  #planned: { readonly how: Disturbance; readonly onCall: string | undefined; left: number } | undefined;

  constructor() {
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  /** Ends the process at a call from now on: at the n-th, or at the n-th of one operation. */
  plan(how: Disturbance, { n, onCall }: { readonly n: number; readonly onCall?: string }): void {
    this.#planned = { how, onCall, left: n };
  }

  /** Nothing is planned any more. */
  calm(): void {
    this.#planned = undefined;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** True if the planned disturbance has happened. */
  get isStopped(): boolean {
    return this.#isDead || this.#thawed !== undefined;
  }

  /** A frozen process goes on where it was. */
  thaw(): void {
    this.#thaw();
  }

  async call<T>(operation: string, work: () => T | Promise<T>): Promise<T> {
    if (this.#isDead) return NEVER;
    await this.#thawed;
    const how = this.#disturbanceAt(operation);
    if (how === undefined) return await this.#answer(work());
    if (how === 'crash') {
      this.#isDead = true;
      this.#stop();
      if (this.#planned?.onCall !== undefined) await work();
      return NEVER;
    }
    this.#thawed = new Promise((resolve) => {
      this.#thaw = resolve;
    });
    const answer = work();
    this.#stop();
    await this.#thawed;
    return await answer;
  }

  /** The answer to a call that was on its way when the process died or was frozen. */
  async #answer<T>(work: T | Promise<T>): Promise<T> {
    const answer = await work;
    if (this.#isDead) return NEVER;
    await this.#thawed;
    return answer;
  }

  #disturbanceAt(operation: string): Disturbance | undefined {
    const planned = this.#planned;
    if (planned === undefined || this.isStopped) return undefined;
    if (planned.onCall !== undefined && planned.onCall !== operation) return undefined;
    planned.left -= 1;
    return planned.left === 0 ? planned.how : undefined;
  }
}
