import { execFile } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Lambda's Node if CI sets it, otherwise the Node that runs the tests. */
export const LAMBDA_NODE = process.env.LAMBDA_NODE ?? process.execPath;

const RUNNER = fileURLToPath(new URL('run-bundle.mjs', import.meta.url));

/** What a process wrote and returned. */
export interface BundleRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the handler returned for each event. An event that failed has no result. */
  readonly results: readonly unknown[];
}

/** How to run a bundle. */
export interface BundleOptions {
  readonly events: readonly unknown[];
  /** Where Zoho's hosts are. */
  readonly routes: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** The working directory, which is also the home and the place for temporary files. */
  readonly folder: string;
}

/** Invokes the handler of a bundle in a process of its own, once for each event. */
export function runBundle(bundle: string, options: BundleOptions): Promise<BundleRun> {
  const { events, routes, environment, folder } = options;
  const process = { cwd: folder, env: { ...environment, HOME: folder, TMPDIR: folder } };
  return new Promise((resolve) => {
    const child = execFile(LAMBDA_NODE, [RUNNER], process, (error, stdout, stderr) => {
      const results = [...stdout.matchAll(/^\{"result":.*\}$/gm)].map(([line]) => JSON.parse(line).result);
      resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr, results });
    });
    child.stdin?.end(JSON.stringify({ bundle, routes, events }));
  });
}

/** Copies the bundle of a synthesized app, so that nothing else is next to it. */
export function copyDeployedBundle(cdkOut: string): string {
  const asset = readdirSync(cdkOut).find((name) => name.startsWith('asset.')) ?? '';
  const bundle = join(cdkOut, 'index.mjs');
  copyFileSync(join(cdkOut, asset, 'index.mjs'), bundle);
  return bundle;
}
