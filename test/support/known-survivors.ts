/** The parts of Stryker's JSON report that are looked at. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly status: string;
  readonly replacement?: string;
  /** Lines and columns count from 1. */
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

const SURVIVED = ['Survived', 'NoCoverage'];
const DETECTED = ['Killed', 'Timeout'];

/** Folders of `lambdas/`, and the score that they must reach together. */
const GROUPS = [
  { folders: ['core', 'client'], leastPercent: 95 },
  { folders: ['refresher', 'adapters'], leastPercent: 90 },
] as const;

/** The score of each group of folders that the report covers: the share of the mutants that a test detects. */
export function scoreGroups(report: MutationReport) {
  const isIn = (folder: string) => (file: string) => file.startsWith(`lambdas/${folder}/`);
  return GROUPS.flatMap(({ folders, leastPercent }) => {
    const mutants = Object.entries(report.files)
      .filter(([file]) => folders.some((folder) => isIn(folder)(file)))
      .flatMap(([, { mutants }]) => mutants);
    const count = (statuses: readonly string[]) =>
      mutants.filter(({ status }) => statuses.includes(status)).length;
    const total = count(DETECTED) + count(SURVIVED);
    return total === 0 ? [] : [{ folders, leastPercent, percent: (100 * count(DETECTED)) / total }];
  });
}

/**
 * Compares a report with the list of survivors that have a reason. Only files of the report are judged, and a listed
 * mutant that timed out is neither here nor there.
 */
export function compareSurvivors(report: MutationReport, list: string) {
  const known = readKnownSurvivors(list);
  const mutants = Object.entries(report.files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({ status: mutant.status, change: `${file}\n${changeOf(source, mutant)}` })),
  );
  const survived = new Set(
    mutants.filter(({ status }) => SURVIVED.includes(status)).map(({ change }) => change),
  );
  const notKilled = new Set(mutants.filter(({ status }) => status !== 'Killed').map(({ change }) => change));
  const isOfReport = (change: string) => (change.split('\n')[0] ?? '') in report.files;
  return {
    unlisted: [...survived].filter((change) => !known.has(change)),
    outdated: [...known].filter((change) => isOfReport(change) && !notKilled.has(change)),
    listed: [...survived].filter((change) => known.has(change)),
  };
}

/**
 * The changes in a markdown list: the path of a file in a heading, and below it blocks of `diff` with the lines that a
 * mutant takes away and those that it puts there. Code is quoted rather than numbered, so that the list does not rot.
 */
export function readKnownSurvivors(list: string): ReadonlySet<string> {
  const known = new Set<string>();
  for (const section of list.split(/^#+ /m)) {
    const file = /^`([^`]+)`/.exec(section)?.[1];
    const diffs = [...section.matchAll(/^```diff\n([\s\S]*?)^```$/gm)].map(([, diff = '']) => diff);
    for (const [change] of diffs.join('').matchAll(/(?:^-.*\n)+(?:^\+.*\n)+/gm))
      known.add(`${file}\n${normalize(change)}`);
  }
  return known;
}

function changeOf(source: string, { replacement = '', location: { start, end } }: Mutant): string {
  const removed = source.split('\n').slice(start.line - 1, end.line);
  const before = (removed[0] ?? '').slice(0, start.column - 1);
  const after = (removed.at(-1) ?? '').slice(end.column - 1);
  const added = `${before}${replacement}${after}`.split('\n');
  return normalize([...removed.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)].join('\n'));
}

/** Without indentation, which does not matter here. */
function normalize(change: string): string {
  return change
    .trim()
    .split('\n')
    .map((line) => `${line[0]} ${line.slice(1).trim()}`)
    .join('\n');
}
