import { describe, expect, it } from 'vitest';
import { compareSurvivors, type MutationReport, scoreGroups } from '../../support/known-survivors.ts';

const SOURCE = [
  'export function isLate(ms: number) {',
  '  if (ms > 5) {',
  '    return true;',
  '  }',
  '}',
].join('\n');
const LIST = `# Survivors

## \`lambdas/core/late.ts\`

Nothing happens at 5.

\`\`\`diff
- if (ms > 5) {
+ if (ms >= 5) {
- if (ms > 5) {
- return true;
- }
+ if (ms > 5) {}
\`\`\`
`;

const boundary = { replacement: 'ms >= 5', location: at(2, 7, 2, 13) };
const block = { replacement: '{}', location: at(2, 15, 4, 4) };

function at(line: number, column: number, endLine: number, endColumn: number) {
  return { start: { line, column }, end: { line: endLine, column: endColumn } };
}

function reportOf(...mutants: { status: string; replacement: string; location: ReturnType<typeof at> }[]) {
  return { files: { 'lambdas/core/late.ts': { source: SOURCE, mutants } } } satisfies MutationReport;
}

describe('the list of survivors', () => {
  it.each(['Survived', 'NoCoverage'])(
    'knows what is quoted in it, on one line or on several: %s',
    (status) => {
      const compared = compareSurvivors(reportOf({ status, ...boundary }, { status, ...block }), LIST);

      expect(compared).toMatchObject({ unlisted: [], outdated: [] });
      expect(compared.listed).toHaveLength(2);
    },
  );

  it('does not know another mutant of the same line, nor the same of another file', () => {
    const other = { status: 'Survived', replacement: 'ms < 5', location: boundary.location };
    const elsewhere = {
      files: {
        'lambdas/core/early.ts': reportOf({ status: 'Survived', ...boundary }).files['lambdas/core/late.ts'],
      },
    };

    expect(compareSurvivors(reportOf(other), LIST).unlisted).toEqual([
      'lambdas/core/late.ts\n- if (ms > 5) {\n+ if (ms < 5) {',
    ]);
    expect(compareSurvivors(elsewhere, LIST)).toMatchObject({ unlisted: [expect.any(String)], outdated: [] });
  });

  it('is outdated where a test kills the mutant, and where the code is no longer there', () => {
    const { outdated } = compareSurvivors(reportOf({ status: 'Killed', ...boundary }), LIST);

    expect(outdated).toHaveLength(2);
  });

  it('is not outdated by a mutant that timed out: a machine may be busy', () => {
    const report = reportOf({ status: 'Timeout', ...boundary }, { status: 'Survived', ...block });

    expect(compareSurvivors(report, LIST).outdated).toEqual([]);
  });
});

describe('the score', () => {
  const withStatuses = (...statuses: string[]) => ({
    source: SOURCE,
    mutants: statuses.map((status) => ({ status, ...boundary })),
  });

  it('is that of the folders together, and a mutant that is not tested does not count', () => {
    const files = {
      'lambdas/core/a.ts': withStatuses('Killed', 'Timeout', 'Ignored'),
      'lambdas/client/b.ts': withStatuses('Survived', 'Killed'),
      'lambdas/adapters/c.ts': withStatuses('NoCoverage', 'Killed'),
    };

    expect(scoreGroups({ files })).toEqual([
      { folders: ['core', 'client'], leastPercent: 95, percent: 75 },
      { folders: ['refresher', 'adapters'], leastPercent: 90, percent: 50 },
    ]);
  });

  it('is none for folders that were not mutated', () => {
    expect(scoreGroups({ files: { 'lambdas/core/a.ts': withStatuses('Killed') } })).toHaveLength(1);
    expect(scoreGroups({ files: { 'lambdas/refresher/a.ts': withStatuses('Ignored') } })).toEqual([]);
  });
});
