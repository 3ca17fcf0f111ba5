import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { DIST, ENTRIES, ROOT } from './entries.ts';

/**
 * One file of types per entry and module system. They contain no internals: what an entry does not export cannot be
 * imported, and every type of another package is one that its users have.
 */
export async function buildTypes(): Promise<void> {
  const folder = mkdtempSync(join(DIST, 'types-'));
  try {
    declareTypes(folder);
    for (const [name, entry] of Object.entries(ENTRIES)) {
      await rollUp(name, join(folder, entry.replace(/\.ts$/, '.d.ts')));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One declaration file per source file. `npm run lint` checks the types; here that would only take time. */
function declareTypes(folder: string): void {
  const project = join(folder, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    noCheck: true,
    rootDir: ROOT,
    outDir: folder,
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  const files = Object.values(ENTRIES).map((entry) => join(ROOT, entry));
  writeFileSync(
    project,
    JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [], files }),
  );
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  execFileSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', project], { stdio: 'inherit' });
}

async function rollUp(name: string, input: string): Promise<void> {
  const bundle = await rollup({
    input,
    external: (id) => !/^[./]/.test(id) || (name === 'testing' && CLIENT.test(id)),
    plugins: [dts({ tsconfig: join(ROOT, 'tsconfig.json'), compilerOptions: { types: [] } })],
    onwarn: ({ message }) => {
      throw new Error(message);
    },
  });
  for (const module of ['mts', 'cts'] as const) {
    await bundle.write({
      file: join(DIST, `${name}.d.${module}`),
      paths: (id) => (CLIENT.test(id) ? `./client.${module.replace('ts', 'js')}` : id),
    });
  }
  await bundle.close();
}

/** What the types of `testing` import, and do not repeat. */
const CLIENT = /\/client\/index\.(?:d\.)?ts$/;
