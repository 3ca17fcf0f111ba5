import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Verification } from './check.ts';

const CLI = fileURLToPath(new URL('../../cli/zoho-tokens.mjs', import.meta.url));

/** Runs `zoho-tokens` on the verified deployment, with a text on its stdin. */
export async function zohoTokens(
  { cloud, place }: Pick<Verification, 'cloud' | 'place'>,
  args: readonly string[],
  stdin: string,
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const child = spawn(process.execPath, [CLI, ...args, '--deployment', place.secretPrefix], {
    env: { ...process.env, ...cloud.environment },
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  child.stdin.end(stdin);
  const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  return { exitCode, output: Buffer.concat(chunks).toString().trim() };
}
