import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { Period } from './promises/promise.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WorldKind } from './world-kind.ts';

/** A period in which Zoho treats some connections in an unusual way. */
export interface ZohoPeriod extends Period {
  readonly connections: readonly WorldConnection[];
}

/** From what such periods are planned. */
export interface ZohoPeriodsOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly kind: WorldKind;
  readonly connections: readonly WorldConnection[];
  /** The world ends then. */
  readonly untilMs: number;
  readonly trace: (text: () => string) => void;
}

/** The periods that concern a connection now. */
export function periodsNow<P extends ZohoPeriod>(
  planned: readonly P[],
  connection: WorldConnection | undefined,
  nowMs: number,
): readonly P[] {
  return planned.filter(
    ({ fromMs, untilMs, connections }) =>
      fromMs <= nowMs && nowMs < untilMs && connections.some((each) => each === connection),
  );
}
