import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { BUNDLE, DIST, ENTRIES } from './entries.ts';

/**
 * The construct, as CommonJS with an ES module in front of it. The construct library is CommonJS as well, and its classes
 * exist once, however they are loaded. Returns what it contains.
 */
export async function buildConstruct(): Promise<Metafile> {
  const { metafile } = await build({
    ...BUNDLE,
    metafile: true,
    format: 'cjs',
    entryPoints: { infra: ENTRIES.infra },
    outExtension: { '.js': '.cjs' },
    external: ['aws-cdk-lib', 'constructs'],
    mainFields: ['module', 'main'],
    define: { 'import.meta.url': 'zohoModuleUrl' },
    banner: { js: "const zohoModuleUrl=require('node:url').pathToFileURL(__filename).href;" },
  });
  const names = (await exportedNames()).join(', ');
  writeFileSync(join(DIST, 'infra.mjs'), `export { ${names} } from '${COMMON_JS}';\n`);
  return metafile;
}

const COMMON_JS = './infra.cjs';

/** Only of an ES module does esbuild list the exports. */
async function exportedNames(): Promise<readonly string[]> {
  const { metafile } = await build({
    ...BUNDLE,
    format: 'esm',
    entryPoints: [ENTRIES.infra],
    packages: 'external',
    write: false,
    metafile: true,
  });
  return Object.values(metafile.outputs).flatMap(({ exports }) => exports);
}
