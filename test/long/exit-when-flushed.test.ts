import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Starts a program that imports `exitWhenFlushed`. One that does not end is killed, and `code` is null. */
async function run(program: string): Promise<{ code: number | null; output: string }> {
  const imports = "import { exitWhenFlushed } from './cli/exit-when-flushed.ts';";
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', imports + program],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], signal: AbortSignal.timeout(30_000) },
  );
  child.on('error', () => {});
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

it('a process ends although a server still listens', async () => {
  const { code } = await run(`
    import { createServer } from 'node:http';
    await new Promise((resolve) => createServer().listen(0, '127.0.0.1', resolve));
    await exitWhenFlushed(3);`);

  expect(code).toBe(3);
});

it('a process ends after a pipe has taken all of its output', async () => {
  const { code, output } = await run(`
    process.stdout.write('x'.repeat(5_000_000));
    await exitWhenFlushed(0);`);

  expect(output.length).toBe(5_000_000);
  expect(code).toBe(0);
});

it('a process ends when the reader of its output has gone', async () => {
  const { code } = await run(`
    process.stdout.on('error', () => {});
    process.stdout.destroy();
    await exitWhenFlushed(1);`);

  expect(code).toBe(1);
});
