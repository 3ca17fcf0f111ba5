import { type BuildOptions, build, type Plugin } from 'esbuild';
import { BUNDLE, DIST, ENTRIES } from './entries.ts';

/** The library for consumers. The SDK's clients stay imports: a consumer has one copy of them, or takes Lambda's. */
export async function buildClient(outdir: string = DIST): Promise<void> {
  for (const format of FORMATS) {
    await build({
      ...BUNDLE,
      ...format,
      outdir,
      entryPoints: { client: ENTRIES.client },
      packages: 'external',
    });
  }
}

/** The fake for consumers' tests. It imports the library, so that its errors are of the same class. */
export async function buildTesting(): Promise<void> {
  for (const format of FORMATS) {
    const plugins = [importsClientFrom(`./client${format.outExtension['.js']}`)];
    await build({ ...BUNDLE, ...format, entryPoints: { testing: ENTRIES.testing }, plugins });
  }
}

const FORMATS = [
  { format: 'esm', outExtension: { '.js': '.mjs' } },
  { format: 'cjs', outExtension: { '.js': '.cjs' } },
] as const satisfies readonly BuildOptions[];

function importsClientFrom(path: string): Plugin {
  return {
    name: 'client',
    setup: ({ onResolve }) => onResolve({ filter: /\/client\/index\.ts$/ }, () => ({ path, external: true })),
  };
}
