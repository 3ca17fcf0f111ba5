import type { Choices } from './choices.ts';
import { ConsumerProcess, type ConsumerProcessOptions } from './consumer-process.ts';
import { Environment } from './environment.ts';
import type { EventQueue } from './event-queue.ts';
import { honestHosts, hostileUrls } from './hostile-strings.ts';
import { type PlannedConsumer, planConsumers } from './plan-consumers.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WorldKind } from './world-kind.ts';

export interface ConsumersOptions
  extends Omit<ConsumerProcessOptions, 'environment' | 'connection' | 'ailment'> {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly kind: WorldKind;
  readonly connections: readonly WorldConnection[];
  readonly startMs: number;
  /** Processes are not killed, frozen or set to another time after this. */
  readonly untilMs: number;
  readonly onDelivered: () => void;
  readonly trace: (text: () => string) => void;
}

/** A consumer and its process of now. */
interface Slot extends PlannedConsumer {
  starts: number;
  process: ConsumerProcess | undefined;
}

/** How many callers call at once in a stampede. */
const STAMPEDE = 1_000;

/** Consumers with the real client library: each is one process at a time, which calls Zoho again and again. */
export class Consumers {
  readonly #options: ConsumersOptions;

  constructor(options: ConsumersOptions) {
    this.#options = options;
  }

  begin(): void {
    const { choices, connections, kind } = this.#options;
    for (const planned of planConsumers(choices, kind, connections))
      this.#takeTurns({ ...planned, starts: 0, process: undefined }, 0);
  }

  #takeTurns(slot: Slot, turn: number): void {
    const { choices, queue } = this.#options;
    const [shortest, longest] = slot.habit.everyMs;
    const waitMs = choices.between(`${slot.name} turn ${turn} when`, shortest, longest);
    queue.after(waitMs, () => {
      this.#takeTurn(slot, `${slot.name} turn ${turn}`);
      this.#takeTurns(slot, turn + 1);
    });
  }

  #takeTurn(slot: Slot, turn: string): void {
    const { choices, queue, untilMs } = this.#options;
    const { habit } = slot;
    const isColdStart = slot.process === undefined || slot.process.environment.isDead || habit.isShortLived;
    if (isColdStart) slot.process?.environment.kill();
    const process = isColdStart ? this.#start(slot) : slot.process;
    slot.process = process;
    if (process === undefined || process.environment.isPaused) return;
    process.environment.deliverAfter(0, () => this.#call(slot, process, turn));
    if (queue.now() > untilMs) return;
    if (choices.happens(`${turn} killed`, 0.02)) {
      queue.after(choices.between(`${turn} killed when`, 0, 3_000), () => process.environment.kill());
    }
    if (choices.happens(`${turn} frozen`, 0.02)) {
      queue.after(choices.between(`${turn} frozen when`, 0, 3_000), () => this.#freeze(process, turn));
    }
    if (habit.jumpMs !== undefined && choices.happens(`${turn} jumps`, 0.03)) {
      this.#options.trace(() => `the clock of ${process.environment.id} jumps by ${habit.jumpMs} ms`);
      process.environment.jumpClock(habit.jumpMs);
    }
  }

  #freeze(process: ConsumerProcess, turn: string): void {
    const { choices, kind, queue } = this.#options;
    const minutes = choices.between(`${turn} frozen for`, 1, kind.name === 'day' ? 300 : 70);
    this.#options.trace(() => `${process.environment.id} is frozen for ${minutes} minutes`);
    process.environment.pause(minutes * 60_000);
    process.disturb(queue.now() + minutes * 60_000);
  }

  #call({ connection, habit }: Slot, process: ConsumerProcess, turn: string): void {
    const { choices } = this.#options;
    const [api, desk] = honestHosts(connection.location);
    if (choices.happens(`${turn} stampede`, 0.001)) {
      for (let caller = 0; caller < STAMPEDE; caller += 1) void process.getAccessToken();
      for (let caller = 0; caller < STAMPEDE / 10; caller += 1) void process.fetch('/crm/v8/Leads');
      return;
    }
    if (choices.happens(`${turn} hostile`, 0.05)) {
      void process.fetch(choices.pick(`${turn} url`, hostileUrls(connection.location)));
      return;
    }
    const act = choices.pick(`${turn} act`, [
      'token',
      'path',
      'path',
      'url',
      'elsewhere',
      'timeout',
      'abort',
    ] as const);
    const limitMs = choices.between(`${turn} limit`, 1, 8_000);
    const run: Record<typeof act, () => Promise<unknown>> = {
      token: () => process.getAccessToken(),
      path: () => process.fetch('/crm/v8/Leads'),
      url: () => process.fetch(`https://${desk}/api/v1/tickets`),
      elsewhere: () => process.fetchElsewhere(`https://${api}/crm/v8/Leads`),
      timeout: () => process.fetch('/crm/v8/Leads', { timeoutMs: limitMs }),
      abort: () => process.getAccessToken({ abortAfterMs: limitMs }),
    };
    const isOver = run[act]();
    if (habit.isFrozenBetween) void isOver.then(() => process.environment.pause(habit.everyMs[0] - 10_000));
  }

  #start(slot: Slot): ConsumerProcess {
    const { queue, choices, trace, onDelivered, startMs } = this.#options;
    const { name, connection, habit } = slot;
    const id = `${name}.${slot.starts}`;
    slot.starts += 1;
    const skewMs = habit.skewMs + choices.between(`${id} skew`, -5_000, 5_000);
    trace(() => `${id} starts, its clock ${skewMs} ms ahead`);
    const ailment = () => (queue.now() - startMs >= habit.ailsAfterMs ? habit.ailment : undefined);
    return new ConsumerProcess({
      ...this.#options,
      environment: new Environment(id, { queue, skewMs, onDelivered }),
      connection: connection.name,
      ailment,
    });
  }
}
