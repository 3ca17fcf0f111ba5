import { readFileSync } from 'node:fs';
import { compareSurvivors, type MutationReport, scoreGroups } from './known-survivors.ts';

const LIST = 'docs/mutation-survivors.md';

/**
 * Says which mutants of the last run survived without a reason, and which folders have a score that is too low. Fails if
 * there is either: `npm run mutation`.
 */
const report = JSON.parse(read('.stryker/mutation.json')) as MutationReport;
const { unlisted, outdated, listed } = compareSurvivors(report, read(LIST));
const scores = scoreGroups(report);
const isTooLow = scores.some(({ percent, leastPercent }) => percent < leastPercent);
for (const change of unlisted) console.log(`\nsurvived, and is not in ${LIST}: ${change}`);
for (const change of outdated) console.log(`\nis in ${LIST} and no longer survives: ${change}`);
console.log(
  `\n${listed.length} survivors with a reason, ${unlisted.length} without, ${outdated.length} reasons without a survivor.`,
);
for (const { folders, percent, leastPercent } of scores)
  console.log(
    `${folders.join(' and ')}: ${percent.toFixed(1)} % of the mutants are detected, at least ${leastPercent} % must be`,
  );
process.exitCode = unlisted.length + outdated.length === 0 && !isTooLow ? 0 : 1;

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
