import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

/** The root of the project. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const DIST = fileURLToPath(new URL('../dist', import.meta.url));

/** The entries of the package, by the name of their files in `dist`. */
export const ENTRIES = {
  infra: 'infra/index.ts',
  client: 'lambdas/client/index.ts',
  testing: 'lambdas/testing/index.ts',
} as const;

/** What every bundle of the package has in common: readable, for the oldest supported Node. */
export const BUNDLE = {
  absWorkingDir: ROOT,
  outdir: DIST,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
} as const satisfies BuildOptions;
