import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import { hostileEvents } from './hostile-strings.ts';
import type { SimulatedLambda } from './simulated-lambda.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WorldKind } from './world-kind.ts';

export interface HostileCallersOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly lambda: SimulatedLambda;
  readonly kind: WorldKind;
  readonly connections: readonly WorldConnection[];
  readonly untilMs: number;
  readonly generationOf: (connection: WorldConnection) => number;
}

/** Seconds between two attacks. */
const EVERY_SECONDS = { hour: [10, 150], day: [120, 900] } as const;

/** Someone who may invoke the refresher as a consumer, and sends it any event. Sometimes many at once. */
export function startHostileCaller(options: HostileCallersOptions): void {
  const { choices, kind, connections, queue, untilMs } = options;
  const [first, ...others] = connections;
  if (first === undefined || !choices.happens('hostile caller', kind.name === 'day' ? 0.6 : 0.25)) return;
  const connection = choices.pick('hostile caller where', [first, ...others]);
  const [shortest, longest] = kind.name === 'day' ? EVERY_SECONDS.day : EVERY_SECONDS.hour;
  const next = (count: number) => {
    const name = `attack ${count}`;
    queue.after(choices.between(`${name} when`, shortest * 1000, longest * 1000), () => {
      if (queue.now() > untilMs) return;
      attack(options, connection, name);
      next(count + 1);
    });
  };
  next(0);
}

function attack(options: HostileCallersOptions, connection: WorldConnection, name: string): void {
  const { choices, lambda, queue, generationOf } = options;
  const size = choices.pick(`${name} size`, [1, 1, 1, 1, 1, 10]);
  for (let index = 0; index < size; index += 1) {
    const each = `${name} ${index}`;
    const door = choices.pick(`${each} door`, ['consumers', 'consumers', 'consumers', undefined] as const);
    queue.after(choices.between(`${each} when`, 0, size * 100), () => {
      const event = choices.pick(`${each} event`, hostileEvents(connection.name, generationOf(connection)));
      lambda.invoke({ event, door, caller: 'hostile' });
    });
  }
}
