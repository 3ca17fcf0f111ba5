import type { KnownFailure } from './failed-seeds/known-failure.ts';
import { SEEDS_OF_PRODUCT } from './failed-seeds/of-product.ts';
import { SEEDS_OF_SIMULATED_CONSUMERS } from './failed-seeds/of-simulated-consumers.ts';
import { SEEDS_OF_SIMULATION } from './failed-seeds/of-simulation.ts';

/**
 * Every seed that ever failed; `.ci/run` runs them all. Add the seed of every new failure together with its fix. A change of
 * the simulation gives old seeds another world, so a seed proves the most for the code right before its fix.
 */
export const FAILED_SEEDS: readonly KnownFailure[] = [
  ...SEEDS_OF_PRODUCT,
  ...SEEDS_OF_SIMULATION,
  ...SEEDS_OF_SIMULATED_CONSUMERS,
];
