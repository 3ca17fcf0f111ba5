import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WorldKind } from './world-kind.ts';

export interface ParkingOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly kind: WorldKind;
  readonly connections: readonly WorldConnection[];
  /** From then on there are no faults. */
  readonly untilMs: number;
  readonly onTokenInvalidated: (connection: WorldConnection) => void;
  /** An operator has stored new credentials and asks for a token, as `zoho-tokens authorize` does. */
  readonly ask: (connection: WorldConnection) => void;
}

const MINUTE_MS = 60_000;

/** In a world with parking, a user revokes the first connection, and authorizes it again long after it was parked. */
export function planParking({ queue, choices, kind, untilMs, ...options }: ParkingOptions): void {
  const [connection] = options.connections;
  if (kind.name !== 'parking' || connection === undefined || !choices.happens('revoked for long', 1)) return;
  queue.after(choices.between('revoked for long from', 5, 15) * MINUTE_MS, () => {
    connection.revoke();
    options.onTokenInvalidated(connection);
  });
  queue.at(untilMs + choices.between('revoked for long until', 5, 30) * MINUTE_MS, () => {
    connection.authorize(queue.now());
    options.ask(connection);
  });
}
