/**
 * For defects that need many worlds: the seed that found each when it was last looked for, which is tried first. A world depends on the
 * code, so a seed may stop finding its defect: then the search goes on as without it, and `npm run simulate -- --mutants` prints
 * the seed to write here.
 */
export const KNOWN_SEEDS: Readonly<Record<string, number>> = {
  'a version that may have been written is not counted': 78,
};
