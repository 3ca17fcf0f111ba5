import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildLambda } from '../infra/build-lambda.ts';
import { buildClient, buildTesting } from './client.ts';
import { buildCommandLine } from './command-line.ts';
import { buildConstruct } from './construct.ts';
import { DIST } from './entries.ts';
import { writeNotices } from './third-party-notices.ts';
import { buildTypes } from './types.ts';

/** Builds `dist/` anew. The functions are built first, because `infra` and the package find them in the same place. */
export async function buildPackage(): Promise<void> {
  for (const file of ['client', 'testing', 'infra']) {
    for (const extension of ['mjs', 'cjs', 'd.mts', 'd.cts'])
      rmSync(join(DIST, `${file}.${extension}`), { force: true });
  }
  const lambdas = buildLambda();
  await buildClient();
  await buildTesting();
  writeNotices([...lambdas, await buildConstruct(), await buildCommandLine()]);
  await buildTypes();
}
