import { FAILURE_DEFECTS } from './blocking-defects.ts';
import { BUDGET_DEFECTS } from './budgets-defects.ts';
import type { Defect } from './defect.ts';
import { PUBLISH_DEFECTS } from './fence-defects.ts';
import { LEASE_DEFECTS } from './one-mint-defects.ts';
import { SCHEDULE_DEFECTS } from './valid-token-defects.ts';

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
