import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { SourceEdit } from './promises/defect.ts';
import type { World } from './world.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Below `node_modules`, so that imports of packages resolve. */
const OUT = join(ROOT, 'node_modules', '.cache', 'zoho-token-refresher');

/**
 * Bundles the simulation and the product into one JavaScript file, with the edits applied to the product's source. Packages
 * stay external. A world runs from such a file only: TypeScript's loaders would delay the client's imports.
 *
 * @throws Error when the text of an edit does not occur in its file exactly once.
 */
export async function bundleWorker(
  name: string,
  edits: readonly SourceEdit[] = [],
  entry = 'worker.ts',
): Promise<string> {
  mkdirSync(OUT, { recursive: true });
  const outfile = join(OUT, `${name}.mjs`);
  await build({
    entryPoints: [join(ROOT, 'test/simulation', entry)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // An import at run time takes turns of the event loop, in which simulated time would go on.
    supported: { 'dynamic-import': false },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    sourcemap: edits.length > 0 ? false : 'inline',
    logLevel: 'silent',
    plugins: edits.length > 0 ? [withEdits(edits)] : [],
  });
  return outfile;
}

/** The simulation of a bundle, in this thread. */
export async function loadWorld(bundle: string): Promise<typeof World> {
  const loaded = (await import(pathToFileURL(bundle).href)) as { readonly World: typeof World };
  return loaded.World;
}

function withEdits(edits: readonly SourceEdit[]): Plugin {
  return {
    name: 'edits',
    setup: ({ onLoad }) => {
      for (const file of new Set(edits.map((edit) => edit.file))) {
        const path = join(ROOT, file);
        const pattern = new RegExp(`${path.replaceAll('\\', '/').replace(/[.*+?^${}()|[\]]/g, '\\$&')}$`);
        onLoad({ filter: pattern }, async () => ({
          contents: await editedSource(file, edits),
          loader: 'ts',
        }));
      }
    },
  };
}

/** The source of a file with the edits of it applied, one after the other. */
export async function editedSource(file: string, edits: readonly SourceEdit[]): Promise<string> {
  const source = await readFile(join(ROOT, file), 'utf8');
  return edits.filter((edit) => edit.file === file).reduce(applyEdit, source);
}

function applyEdit(source: string, { file, find, replace }: SourceEdit): string {
  const count = source.split(find).length - 1;
  if (count === 1) return source.replace(find, () => replace);
  throw new Error(`A defect replaces "${find}", which occurs ${count} times in ${file}. Update the defect.`);
}
