import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { ProviderChange } from './provider-changes.ts';
import type { WorldConnection } from './world-connection.ts';

export interface AuthorizationsOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly untilMs: number;
  readonly authorize: (name: string, connection: WorldConnection) => void;
}

const MOST_TIMES = 4;

/** While Zoho rotates refresh tokens, operators authorize its connections again, a few times. */
export function planAuthorizations(
  changes: readonly ProviderChange[],
  { queue, choices, untilMs, authorize }: AuthorizationsOptions,
): void {
  for (const { fromMs, connections } of changes.filter(({ what }) => what === 'rotated refresh tokens')) {
    const [first, ...others] = connections;
    for (let time = 0; time < MOST_TIMES; time += 1) {
      const name = `during rotation ${fromMs} ${time}`;
      if (first === undefined || !choices.happens(name, 0.5)) continue;
      const connection = choices.pick(`${name} where`, [first, ...others]);
      queue.at(choices.between(`${name} when`, fromMs, untilMs), () => authorize(name, connection));
    }
  }
}
