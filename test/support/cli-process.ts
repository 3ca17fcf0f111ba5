import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../cli/zoho-tokens.mjs', import.meta.url));

/** A `zoho-tokens` child process. */
export interface CliProcess {
  readonly pid: number;
  /** Output so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  kill(signal: 'SIGINT' | 'SIGKILL'): void;
  /** Resolves with the exit code, or with the signal that ended the process. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts the process with exactly this environment, and pipes in `stdin`. */
export function startZohoTokens(
  args: readonly string[],
  {
    environment,
    stdin = '',
  }: { readonly environment: Readonly<Record<string, string | undefined>>; readonly stdin?: string },
): CliProcess {
  const child = spawn(process.execPath, [ENTRY, ...args], { env: { ...environment } });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
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
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    kill: (signal) => void child.kill(signal),
    ended,
  };
}
