import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildLambda } from '../../infra/build-lambda.ts';
import { lambdaFolder } from '../../infra/lambda-folder.ts';

/** Builds the Lambda functions once, before the tests that synthesize the stack. */
export function setup(): void {
  buildLambda();
  standInFor('consent-pages');
}

/** Until the function has sources: a module that the stack can deploy. */
function standInFor(name: 'consent-pages'): void {
  const folder = lambdaFolder(name);
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.mjs'), 'export const handler = () => ({});\n');
}
