import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Lambda's Node, where there is one: CI sets it. Otherwise the Node that runs the tests. */
const LAMBDA_NODE = process.env.LAMBDA_NODE ?? process.execPath;

/** What a process wrote before it ended, however it ended. */
export interface ProcessOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the bundle of a synthesized app in a process of its own. It begins in an empty folder, which is its home and its place
 * for temporary files as well: what it writes is found there.
 */
export function runDeployedBundle(
  cdkOut: string,
  {
    folder,
    routes,
    events,
    environment,
  }: {
    readonly folder: string;
    readonly routes: Readonly<Record<string, string>>;
    readonly events: readonly unknown[];
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<ProcessOutput> {
  const asset = readdirSync(cdkOut).find((name) => name.startsWith('asset.')) ?? '';
  const bundle = join(cdkOut, 'index.mjs');
  copyFileSync(join(cdkOut, asset, 'index.mjs'), bundle);
  mkdirSync(folder);
  const runner = fileURLToPath(new URL('runner.mjs', import.meta.url));
  const options = { cwd: folder, env: { ...environment, HOME: folder, TMPDIR: folder } };
  return new Promise((resolve) => {
    const child = execFile(LAMBDA_NODE, [runner], options, (error, stdout, stderr) =>
      resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr }),
    );
    child.stdin?.end(JSON.stringify({ bundle, routes, events }));
  });
}
