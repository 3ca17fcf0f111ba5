import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = ['--import', 'tsx', 'test/verify/main.ts'];
const run = promisify(execFile);

test('npm run verify in the simulated account runs what it can, and names what it cannot', {
  timeout: 480_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'));
  const report = join(folder, 'report.md');
  const { stdout } = await run(process.execPath, [...MAIN, '--simulate', '--report', report], { cwd: ROOT });
  const written = readFileSync(report, 'utf8');
  rmSync(folder, { recursive: true });

  const count = (mark: string) => stdout.match(new RegExp(`^${mark} `, 'gm'))?.length;
  expect([count('PASS'), count('FAIL'), count('not run')]).toEqual([7, undefined, 5]);
  expect(written).toContain('7 of 12 checks passed in a simulated account');
  expect(written).toContain('What was not run is not verified.');
});

test.each([
  [[], 'Give either --profile NAME or --simulate.'],
  [['--profile', 'x', '--simulate'], 'Give either --profile NAME or --simulate.'],
  [['--days'], "Unknown option '--days'"],
  [['--simulate', '--zoho'], 'The credentials on stdin: '],
])('npm run verify -- %j is refused before anything happens', async (args, problem) => {
  const child = run(process.execPath, [...MAIN, ...args], { cwd: ROOT });
  child.child.stdin?.end('{"client_id":"1000.X"}');
  const error = (await child.catch((reason: unknown) => reason)) as { code: number; stderr: string };
  expect(error.code).toBe(2);
  expect(error.stderr).toContain(problem);
});

test('a profile that does not exist is named, with what to check', async () => {
  const child = run(process.execPath, [...MAIN, '--profile', 'none-such', '--region', 'eu-west-1'], {
    cwd: ROOT,
  });
  const error = (await child.catch((reason: unknown) => reason)) as { code: number; stderr: string };
  expect(error.code).toBe(1);
  expect(error.stderr).toContain('aws sts get-caller-identity --profile none-such');
});
