import type { CheckResult } from './check.ts';

const MARKS = { passed: 'PASS', failed: 'FAIL', 'not-run': 'not run' } as const;

/** One check as a line. */
export function renderResult({ title, kind, detail, seconds }: CheckResult): string {
  const duration = kind === 'not-run' ? '' : ` (${seconds} s)`;
  return `${MARKS[kind].padEnd(7)}  ${title}${duration}\n         ${detail}`;
}

/** What was verified and what was not. */
export function renderSummary(results: readonly CheckResult[], where: string): string {
  const count = (kind: CheckResult['kind']) => results.filter((result) => result.kind === kind).length;
  const failed = count('failed');
  const notRun = count('not-run');
  return [
    `${count('passed')} of ${results.length} checks passed in ${where}; ${failed} failed; ${notRun} not run`,
    ...(notRun > 0 ? ['What was not run is not verified.'] : []),
  ].join('. ');
}

/** The report as Markdown, for a ticket or a file. */
export function renderMarkdown(results: readonly CheckResult[], where: string, at: Date): string {
  const rows = results.map(
    ({ title, kind, detail, seconds }) =>
      `| ${MARKS[kind]} | ${inCell(title)} | ${kind === 'not-run' ? '' : `${seconds} s`} | ${inCell(detail)} |`,
  );
  return [
    `# Verification of Zoho Token Refresher, ${at.toISOString()}`,
    '',
    `${renderSummary(results, where)}.`,
    '',
    '| result | check | time | seen |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
