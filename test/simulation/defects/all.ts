import { BUDGET_DEFECTS } from './budget-defects.ts';
import type { Defect } from './defect.ts';
import { FAILURE_DEFECTS } from './failure-defects.ts';
import { LEASE_DEFECTS } from './lease-defects.ts';
import { PUBLISH_DEFECTS } from './publish-defects.ts';
import { SCHEDULE_DEFECTS } from './schedule-defects.ts';

/**
 * Defects that somebody could make, each of which the simulation must find. One that it does not find is a hole in the
 * simulation: `npm run simulate -- --mutants` fails then.
 */
export const DEFECTS: readonly Defect[] = [
  ...LEASE_DEFECTS,
  ...PUBLISH_DEFECTS,
  ...BUDGET_DEFECTS,
  ...FAILURE_DEFECTS,
  ...SCHEDULE_DEFECTS,
];
