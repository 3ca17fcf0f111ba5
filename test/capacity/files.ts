import { readFileSync, writeFileSync } from 'node:fs';
import type { CapacityResult } from './capacity.ts';
import { chartsOf, filesOfChart } from './page/charts.ts';
import { renderPage } from './page/page.ts';

/** The figures of the last run that was written: the page and the charts are made from them. */
const RESULTS = 'test/capacity/results.json';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

/** Every file that a result is written to, with its content. */
export function renderFiles(result: CapacityResult): ReadonlyMap<string, string> {
  return new Map([
    [RESULTS, `${JSON.stringify(result, replaceInfinity, 1)}\n`],
    ['docs/scale.md', renderPage(result)],
    ...chartsOf(result).flatMap(filesOfChart),
  ]);
}

/** Writes the files. Returns their names. */
export function writeFiles(result: CapacityResult): readonly string[] {
  const files = renderFiles(result);
  for (const [path, text] of files) writeFileSync(at(path), text);
  return [...files.keys()];
}

/** The files that are not as this result would be written. */
export function checkFiles(result: CapacityResult): readonly string[] {
  const isChanged = ([path, text]: [string, string]) => readFileSync(at(path), 'utf8') !== text;
  return [...renderFiles(result)].filter(isChanged).map(([path]) => path);
}

/** The figures that the files were written from. */
export function readResults(): CapacityResult {
  return JSON.parse(readFileSync(at(RESULTS), 'utf8'), reviveInfinity) as CapacityResult;
}

/** JSON has no infinity: the least time left, where no token was replaced. */
const INFINITY = 'infinite';

function replaceInfinity(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? INFINITY : value;
}

function reviveInfinity(_key: string, value: unknown): unknown {
  return value === INFINITY ? Number.POSITIVE_INFINITY : value;
}
