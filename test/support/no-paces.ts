import type { Paces } from '../../lambdas/refresher/paces.ts';

const atOnce = () => Promise.resolve();

/** Everything may start at once. */
export const NO_PACES: Paces = { declared: atOnce, shard: atOnce, sealed: atOnce, looks: atOnce };
