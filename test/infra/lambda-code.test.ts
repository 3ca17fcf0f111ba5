import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildLambda } from '../../infra/build-lambda.ts';
import { lambdaCode } from '../../infra/lambda-code.ts';
import { type LambdaName, lambdaFolder } from '../../infra/lambda-folder.ts';

const LAMBDAS = ['refresher', 'example-consumer'] as const satisfies readonly LambdaName[];
const folder = mkdtempSync(join(tmpdir(), 'zoho-lambda-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Both functions are built here, and once more by another process elsewhere. */
beforeAll(() => {
  const script = `import { buildLambda } from ${JSON.stringify(join(import.meta.dirname, '../../infra/build-lambda.ts'))};
    buildLambda((name) => ${JSON.stringify(folder)} + '/other/' + name);`;
  execFileSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script],
    { cwd: folder },
  );

  buildLambda((name) => join(folder, name));
});

describe.each(LAMBDAS)('the bundle of the %s', (name) => {
  test('has the same bytes, whichever process builds it and wherever it is started', () => {
    const bytes = readFileSync(join(folder, name, 'index.mjs'));
    expect(bytes.equals(readFileSync(join(folder, 'other', name, 'index.mjs')))).toBe(true);
    expect(bytes.equals(readFileSync(join(lambdaFolder(name), 'index.mjs')))).toBe(true);
  });
});

test('a bundle is not written again when it is up to date, so that no reader sees half of it', () => {
  const bundle = (name: LambdaName) => join(lambdaFolder(name), 'index.mjs');
  const states = () =>
    LAMBDAS.map((name) => statSync(bundle(name))).map(({ mtimeMs, ino }) => ({ mtimeMs, ino }));
  const before = states();

  buildLambda();

  expect(states()).toEqual(before);
});

test('a function whose bundle is missing is an error that says how to build it', () => {
  const missing = join(folder, 'missing');

  expect(() => lambdaCode('refresher', missing)).toThrow(
    `The code of the function "refresher" is missing: ${missing} does not exist. In a checkout, run "npm run build". Otherwise, install zoho-token-refresher again.`,
  );
});
