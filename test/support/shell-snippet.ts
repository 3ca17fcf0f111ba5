import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeScratchFolder } from './snippet-process.ts';

const TOOLS = ['aws', 'curl', 'jq'];

/** The oldest AWS CLIs that read AWS_ENDPOINT_URL_*. An older one would call AWS. */
const OLDEST_AWS_CLI: Readonly<Record<string, number>> = { 1: 29, 2: 13 };

/** Why shell snippets cannot run on this machine; undefined if they can. */
export function whyNoShell(): string | undefined {
  const missing = ['bash', ...TOOLS].filter((tool) => locate(tool) === undefined);
  if (missing.length > 0) return `${missing.join(', ')} not installed`;
  const version = execFileSync('aws', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const [, major = '', minor = ''] = /aws-cli\/(\d+)\.(\d+)/.exec(version) ?? [];
  const oldest = OLDEST_AWS_CLI[major];
  if (oldest === undefined || Number(minor) < oldest) return `the AWS CLI is too old: ${version.trim()}`;
  return undefined;
}

interface ShellRun {
  readonly stdout: string;
  /** Every argument of every tool, which any user of the machine can see in the list of processes. */
  readonly argv: readonly string[];
}

/**
 * Runs a shell snippet unchanged. It calls the real tools through scripts that record the arguments and replace
 * `https://<host>` by a loopback origin, as the routes say.
 */
export async function runShell(
  code: string,
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly routes: Readonly<Record<string, string>>;
  },
): Promise<ShellRun> {
  const folder = makeScratchFolder();
  try {
    for (const tool of TOOLS) writeTool(folder, tool, options.routes);
    const env = { ...options.env, PATH: `${folder}:${options.env.PATH}` };
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', code], {
      env,
    });
    return { stdout, argv: readFileSync(join(folder, 'argv'), 'utf8').split('\0') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeTool(folder: string, tool: string, routes: Readonly<Record<string, string>>): void {
  const substitutions = Object.entries(routes).map(
    ([host, origin]) => `https://${host}/*) arg="${origin}/\${arg#https://${host}/}" ;;`,
  );
  const script = `#!/bin/sh
printf '%s\\0' "$0" "$@" >> '${folder}/argv'
for arg do
  shift
  case $arg in
    ${substitutions.join('\n    ')}
    https://*) exit 97 ;;
  esac
  set -- "$@" "$arg"
done
exec '${locate(tool)}' "$@"
`;
  writeFileSync(join(folder, tool), script);
  chmodSync(join(folder, tool), 0o755);
}

function locate(tool: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, tool))
    .find((path) => existsSync(path));
}
