import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WorldKind } from './world-kind.ts';

export interface TokenDeathsOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly kind: WorldKind;
  readonly connections: readonly WorldConnection[];
  readonly untilMs: number;
  /** Ends the life of the token that is published now. */
  readonly kill: (connection: WorldConnection) => void;
  /** Another program mints with the same refresh token, which may delete the token that is published. */
  readonly mintElsewhere: (connection: WorldConnection) => void;
  readonly trace: (text: () => string) => void;
}

const MINUTE_MS = 60_000;

/** Tokens that really die before they expire: Zoho revokes one, or several in a row, or another program mints. */
export function planTokenDeaths(options: TokenDeathsOptions): void {
  const { choices, kind, queue, connections, untilMs } = options;
  const [first, ...others] = connections;
  if (first === undefined) return;
  const count = choices.between('deaths', 0, kind.name === 'day' ? 8 : 2);
  for (let index = 0; index < count; index += 1) {
    const name = `death ${index}`;
    if (!choices.happens(name, 0.6)) continue;
    const connection = choices.pick(`${name} where`, [first, ...others]);
    const how = choices.pick(`${name} how`, ['once', 'once', 'in a row', 'foreign minter'] as const);
    queue.at(choices.between(`${name} when`, queue.now(), untilMs), () => {
      options.trace(() => `the token of ${connection.name} dies: ${how}`);
      if (how === 'once') options.kill(connection);
      else if (how === 'in a row') dieInARow(options, connection, name);
      else mintElsewhere(options, connection, name);
    });
  }
}

/** Each token dies soon after it was published. */
function dieInARow(
  { choices, queue, kill, untilMs }: TokenDeathsOptions,
  connection: WorldConnection,
  name: string,
) {
  const count = choices.between(`${name} count`, 2, 6);
  const die = (index: number) => {
    if (index >= count || queue.now() > untilMs) return;
    kill(connection);
    queue.after(choices.between(`${name} again ${index}`, 5_000, 5 * MINUTE_MS), () => die(index + 1));
  };
  die(0);
}

/** Another program mints with the same refresh token, and Zoho deletes the oldest access tokens. */
function mintElsewhere(
  { choices, queue, untilMs, kind, ...options }: TokenDeathsOptions,
  connection: WorldConnection,
  name: string,
) {
  const everyMs = choices.between(`${name} every`, 2 * MINUTE_MS, 6 * MINUTE_MS);
  const lastMs = Math.min(untilMs, queue.now() + (kind.name === 'day' ? 300 : 30) * MINUTE_MS);
  const mint = () => {
    options.mintElsewhere(connection);
    if (queue.now() < lastMs) queue.after(everyMs, mint);
  };
  mint();
}
