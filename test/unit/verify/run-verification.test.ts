import { expect, test, vi } from 'vitest';
import { type Check, CheckFailed, type Verification } from '../../verify/check.ts';
import { renderMarkdown, renderSummary } from '../../verify/report.ts';
import { runVerification } from '../../verify/run-verification.ts';

const { CLEAN_UP } = vi.hoisted(() => ({ CLEAN_UP: { run: vi.fn(() => Promise.resolve('clean')) } }));
vi.mock('../../verify/clean-up.ts', () => ({
  CLEAN_UP: { title: 'nothing is left behind', run: CLEAN_UP.run },
}));

const passing = (title: string, needs: Check['needs'] = []): Check => ({
  title,
  needs,
  run: () => Promise.resolve('seen'),
});
const failing = (title: string, error: Error): Check => ({ title, run: () => Promise.reject(error) });

async function verify(checks: readonly Check[], interrupted = new AbortController().signal) {
  const started: string[] = [];
  const results = await runVerification({ cloud: { lacks: ['iam', 'alarms'] } } as unknown as Verification, {
    checks,
    nowMs: () => 0,
    interrupted,
    observer: { started: (title) => started.push(title), ended: () => {} },
  });
  expect(started).toEqual(results.map(({ title }) => title));
  return results.map(({ kind, detail }) => `${kind}: ${detail}`);
}

test('what this AWS does not have is not run, and says why', async () => {
  expect(await verify([passing('a'), passing('b', ['functions', 'iam', 'alarms'])])).toEqual([
    'passed: seen',
    expect.stringMatching(/^not-run: needs IAM, .*; CloudWatch, /),
    'passed: clean',
  ]);
});

test('a failure does not stop the others, and everything is removed whatever happened', async () => {
  CLEAN_UP.run.mockClear();
  const results = await verify([
    failing('a', new CheckFailed('the fact does not hold')),
    failing('b', new TypeError('something else')),
    passing('c'),
  ]);
  expect(results).toEqual([
    'failed: the fact does not hold',
    'failed: TypeError: something else',
    'passed: seen',
    'passed: clean',
  ]);
  expect(CLEAN_UP.run).toHaveBeenCalledOnce();
});

test('a failed first deployment makes the others pointless, but not the clean-up', async () => {
  const first = failing('the first deployment succeeds and publishes its address', new CheckFailed('denied'));
  expect(await verify([first, passing('b')])).toEqual([
    'failed: denied',
    'not-run: nothing is deployed',
    'passed: clean',
  ]);
});

test('an interrupted verification only cleans up', async () => {
  expect(await verify([passing('a')], AbortSignal.abort())).toEqual([
    'not-run: interrupted',
    'passed: clean',
  ]);
});

test('the report says how much was not verified', () => {
  const results = [
    { kind: 'passed', title: 'a | b', seconds: 3, detail: 'two\nlines' },
    { kind: 'not-run', title: 'c', seconds: 0, detail: 'needs IAM' },
  ] as const;
  expect(renderSummary(results, 'x')).toBe(
    '1 of 2 checks passed in x; 0 failed; 1 not run. What was not run is not verified.',
  );
  expect(renderMarkdown(results, 'x', new Date(0))).toContain(
    '| PASS | a \\| b | 3 s | two lines |\n| not run | c |  | needs IAM |\n',
  );
});
