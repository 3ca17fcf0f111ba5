import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Snippet } from './document-snippets.ts';
import { makeScratchFolder, writePython } from './snippet-process.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** What a snippet needs to run. */
interface ServedSnippetOptions {
  /** The exports of the sandbox. */
  readonly environment: Readonly<Record<string, string>>;
  /** Snippets that it imports, as `./NAME.ts`. */
  readonly others?: ReadonlyMap<string, Snippet>;
  /** Bodies for `POST /faults`: the handler is called once before the first, and after each. */
  readonly faults?: readonly object[];
}

/** What came out of it. */
interface ServedSnippetRun {
  /** The result of each call of the handler, or its error as an object. */
  readonly results: readonly unknown[];
  /** Everything that the process has printed. */
  readonly output: string;
}

/**
 * Runs a documented snippet of Node.js or Python as a user would: unchanged, in a process of its own that has the exports in
 * its environment. A connection to another machine fails, and is an error of the run.
 */
export async function runServed(
  snippet: Snippet,
  { environment, others = new Map(), faults = [] }: ServedSnippetOptions,
): Promise<ServedSnippetRun> {
  const folder = makeScratchFolder();
  try {
    const isPython = snippet.language === 'python';
    // The Python example reads the table beside it.
    copyFileSync(here('../../docs/zoho-rejections.json'), join(folder, 'zoho-rejections.json'));
    const file = join(folder, isPython ? 'snippet.py' : 'snippet.mjs');
    if (isPython) writePython(snippet, file);
    else await compile(snippet, others, file, folder);
    const runner = fileURLToPath(new URL(isPython ? 'run_served.py' : 'run-served.mjs', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(
      isPython ? 'python3' : process.execPath,
      [runner, file, JSON.stringify(faults)],
      { env: { ...guarded(environment), TMPDIR: folder }, timeout: 50_000 },
    );
    const output = stdout + stderr;
    if (output.includes(LEFT)) throw new Error(`a connection left this machine: ${output}`);
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    return { results: JSON.parse(last), output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const LEFT = 'LEFT THIS MACHINE';

/** The environment of a process in which connections to other machines fail. */
export function guarded(environment: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: here('../../node_modules/.cache'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...environment,
    NODE_OPTIONS: `${environment.NODE_OPTIONS} --import=${new URL('./loopback-only.mjs', import.meta.url)}`,
    PYTHONPATH: here('./loopback_only'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

async function compile(
  { code, language }: Snippet,
  others: ReadonlyMap<string, Snippet>,
  outfile: string,
  folder: string,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [name, other] of others) writeFileSync(join(folder, `${name}.ts`), other.code);
  await build({
    stdin: { contents: code, loader: language === 'ts' ? 'ts' : 'js', resolveDir: folder },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    alias: { 'zoho-token-refresher/client': here('../../lambdas/client/index.ts') },
    logLevel: 'silent',
  });
}
