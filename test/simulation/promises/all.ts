import { Announcements } from './announcements.ts';
import { Blocking } from './blocking.ts';
import { Budgets } from './budgets.ts';
import { Fence } from './fence.ts';
import { NeverLost } from './never-lost.ts';
import { NoBug } from './no-bug.ts';
import { OneMint } from './one-mint.ts';
import type { Invariant, Violation, WorldView } from './promise.ts';
import { Secrecy } from './secrecy.ts';
import { Spread } from './spread.ts';
import { ValidToken } from './valid-token.ts';

/** Every promise, by its number in docs/design.md. */
export const INVARIANT_NAMES = {
  I0: 'no unforeseen error',
  I1: 'one mint at a time',
  I2: 'budgets',
  I3: 'never back',
  I4: 'a valid token',
  I5: 'never lost',
  I6: 'blocked for a reason, healed in time',
  I7: 'no secret outside',
  I8: 'no hammering',
  I9: 'spread over time',
  I10: 'announced as it happened',
} as const;
export type InvariantId = keyof typeof INVARIANT_NAMES;

/** All promises at work on one world; `onViolation` is told of each that is not kept. */
export function createInvariants(world: WorldView, onViolation: (violation: Violation) => void): Invariant[] {
  const violate = (id: InvariantId) => (message: string) => onViolation({ invariant: id, message });
  const violateOneOf = (id: InvariantId, message: string) => onViolation({ invariant: id, message });
  return [
    new NoBug(violate('I0')),
    new OneMint(world, violate('I1')),
    new Budgets(world, violate('I2')),
    new Fence(world, violate('I3')),
    new ValidToken(world, violateOneOf),
    new NeverLost(world, violate('I5')),
    new Blocking(world, violateOneOf),
    new Secrecy(world, violate('I7')),
    new Spread(world, violate('I9')),
    new Announcements(violate('I10')),
  ];
}
