/**
 * For defects that need many worlds: the seed that found each when it was last looked for, which is tried first. A world depends on the
 * code, so a seed may stop finding its defect: then the search goes on as without it, and `npm run simulate -- --mutants` prints
 * the seed to write here.
 */
export const KNOWN_SEEDS: Readonly<Record<string, number>> = {
  'a version that may have been written is not counted': 78,
  'the commit is not fenced': 215,
  'expires_in in milliseconds is taken as seconds': 95,
  'a data center that did not answer once is never asked again': 109,
  'a backoff without a limit': 41,
  'a cool-down of one second': 18,
  'a blocked connection is never probed again': 29,
  'Zoho is asked again only an hour after a refusal': 29,
  'Zoho is asked again every ten minutes after a refusal': 29,
  'a refusal is never believed': 118,
  'a token that is too long is minted again and again': 18,
  'a notification that cannot be published is dropped': 14,
  'a change is announced although another holder wrote the row': 468,
  'an operator is notified about a connection that is paused': 1_063,
  'the time in which a process was frozen does not count': 37,
  'an expired token is served while no newer one is published': 24,
  'a sealed token replaces any other one': 99,
  'a sealed token that was refused is taken for published': 100,
};
