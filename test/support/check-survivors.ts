import { readFileSync } from 'node:fs';
import { compareSurvivors, type MutationReport } from './known-survivors.ts';

const LIST = 'docs/mutation-survivors.md';

/** Says which mutants of the last run survived without a reason, and fails when there are any: `npm run mutation`. */
const { unlisted, outdated, listed } = compareSurvivors(
  JSON.parse(read('.stryker/mutation.json')) as MutationReport,
  read(LIST),
);
for (const change of unlisted) console.log(`\nsurvived, and is not in ${LIST}: ${change}`);
for (const change of outdated) console.log(`\nis in ${LIST} and no longer survives: ${change}`);
console.log(
  `\n${listed.length} survivors with a reason, ${unlisted.length} without, ${outdated.length} reasons without a survivor.`,
);
process.exitCode = unlisted.length + outdated.length === 0 ? 0 : 1;

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
