import { build, type Metafile } from 'esbuild';
import { BUNDLE } from './entries.ts';

/** `zoho-tokens` in one file that needs no other package. Returns what it contains. */
export async function buildCommandLine(): Promise<Metafile> {
  const { metafile } = await build({
    ...BUNDLE,
    metafile: true,
    format: 'esm',
    entryPoints: { 'zoho-tokens': 'cli/main.ts' },
    outExtension: { '.js': '.mjs' },
    // The SDK's ES modules, of which unused commands can be left out: half the size, half the time to start.
    mainFields: ['module', 'main'],
    minify: true,
    banner: {
      js: "#!/usr/bin/env node\nimport{createRequire as zohoCreateRequire}from'node:module';const require=zohoCreateRequire(import.meta.url);",
    },
  });
  return metafile;
}
