import { AllowedHosts } from './allowed-hosts.ts';
import { ALLOWED_HOSTS_DEFECTS } from './allowed-hosts-defects.ts';
import { Announcements } from './announcements.ts';
import { ANNOUNCEMENT_DEFECTS } from './announcements-defects.ts';
import { Blocking } from './blocking.ts';
import { BLOCKING_DEFECTS } from './blocking-defects.ts';
import { BoundedAnswers } from './bounded-answers.ts';
import { BoundedCalls } from './bounded-calls.ts';
import { BOUNDED_CALLS_DEFECTS } from './bounded-calls-defects.ts';
import { Budgets } from './budgets.ts';
import { BUDGET_DEFECTS } from './budgets-defects.ts';
import type { Defect } from './defect.ts';
import { Fence } from './fence.ts';
import { FENCE_DEFECTS } from './fence-defects.ts';
import { Herd } from './herd.ts';
import { NeverLost } from './never-lost.ts';
import { NEVER_LOST_DEFECTS } from './never-lost-defects.ts';
import { NoBug } from './no-bug.ts';
import { Notifications } from './notifications.ts';
import { NOTIFICATION_DEFECTS } from './notifications-defects.ts';
import { OneMint } from './one-mint.ts';
import { ONE_MINT_DEFECTS } from './one-mint-defects.ts';
import { PacedRenewals } from './paced.ts';
import { Parked } from './parked.ts';
import { PARKED_DEFECTS } from './parked-defects.ts';
import type { PromiseCheck, PromiseId, Violation, WorldView } from './promise.ts';
import { RealRefusals } from './real-refusals.ts';
import { RotatedTokens } from './rotation.ts';
import { ROTATION_DEFECTS } from './rotation-defects.ts';
import { SECOND_STORE_DEFECTS } from './second-store-defects.ts';
import { Secrecy } from './secrecy.ts';
import { SECRECY_DEFECTS } from './secrecy-defects.ts';
import { ServingAgain } from './serving-again.ts';
import { SERVING_AGAIN_DEFECTS } from './serving-again-defects.ts';
import { SharedBudget } from './shared-budget.ts';
import { SHARED_BUDGET_DEFECTS } from './shared-budget-defects.ts';
import { Spread } from './spread.ts';
import { SPREAD_DEFECTS } from './spread-defects.ts';
import { StoredSuccessors } from './stored-successors.ts';
import { UnexpiredToken } from './unexpired-token.ts';
import { UNEXPIRED_TOKEN_DEFECTS } from './unexpired-token-defects.ts';
import { ValidToken } from './valid-token.ts';
import { VALID_TOKEN_DEFECTS } from './valid-token-defects.ts';
import { WrongRefusals } from './wrong-refusals.ts';

/** The checks of all promises for one world. `onViolation` is called for each broken promise. */
export function createPromiseChecks(
  world: WorldView,
  onViolation: (violation: Violation) => void,
): PromiseCheck[] {
  const violateOneOf = (promise: PromiseId, message: string) => onViolation({ promise, message });
  const violate = (promise: PromiseId) => (message: string) => violateOneOf(promise, message);
  return [
    new NoBug(violate('I0')),
    new OneMint(world, violate('I1')),
    new Budgets(world, violate('I2')),
    new Fence(world, violate('I3')),
    new ValidToken(world, violateOneOf),
    new NeverLost(world, violate('I5')),
    new Blocking(world, violateOneOf),
    new Parked(world, violate('I6')),
    new WrongRefusals(world, violate('I6')),
    new RealRefusals(world, violate('I6')),
    new Secrecy(world, violate('I7')),
    new Spread(world, violate('I9')),
    new Herd(world, violate('I9')),
    new PacedRenewals(world, violate('I9')),
    new Announcements(violate('I10')),
    new Notifications(world, violate('I10')),
    new RotatedTokens(world, violate('I11')),
    new StoredSuccessors(world, violate('I11')),
    new UnexpiredToken(world, violate('C1')),
    new BoundedCalls(violate('C2')),
    new BoundedAnswers(world, violate('C2')),
    new SharedBudget(world, violate('C3')),
    new ServingAgain(world, violate('C4')),
    new AllowedHosts(world, violate('C5')),
  ];
}

/**
 * Every planted defect. Each is in the file of the first promise that it breaks. The simulation must find all of them: a
 * defect that it misses is a gap in the simulation, and `npm run simulate -- --mutants` fails.
 */
export const DEFECTS: readonly Defect[] = [
  ...ONE_MINT_DEFECTS,
  ...BUDGET_DEFECTS,
  ...FENCE_DEFECTS,
  ...VALID_TOKEN_DEFECTS,
  ...NEVER_LOST_DEFECTS,
  ...BLOCKING_DEFECTS,
  ...PARKED_DEFECTS,
  ...SECRECY_DEFECTS,
  ...SPREAD_DEFECTS,
  ...ANNOUNCEMENT_DEFECTS,
  ...NOTIFICATION_DEFECTS,
  ...ROTATION_DEFECTS,
  ...UNEXPIRED_TOKEN_DEFECTS,
  ...BOUNDED_CALLS_DEFECTS,
  ...SHARED_BUDGET_DEFECTS,
  ...SERVING_AGAIN_DEFECTS,
  ...ALLOWED_HOSTS_DEFECTS,
  ...SECOND_STORE_DEFECTS,
];
