import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../cli/zoho-tokens.mjs', import.meta.url));

/** `zoho-tokens` in a process of its own. */
export interface CliProcess {
  readonly pid: number;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  kill(signal: 'SIGINT' | 'SIGKILL'): void;
  /** When it is over: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts it with an environment of its own, and pipes `stdin` in. */
export function startZohoTokens(
  args: readonly string[],
  {
    environment,
    stdin = '',
  }: { readonly environment: Readonly<Record<string, string | undefined>>; readonly stdin?: string },
): CliProcess {
  const child = spawn(process.execPath, [ENTRY, ...args], { env: { ...environment } });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1));
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    kill: (signal) => void child.kill(signal),
    ended,
  };
}
