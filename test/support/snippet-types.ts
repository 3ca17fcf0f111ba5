import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Snippet } from './document-snippets.ts';
import { makeScratchFolder } from './snippet-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Type errors in snippets under the project's own strict settings, each with the snippet's name first. Errors in files
 * that a snippet imports are left out.
 */
export async function findTypeErrors(snippets: ReadonlyMap<string, Snippet>): Promise<string[]> {
  const folder = makeScratchFolder();
  try {
    for (const [name, { code }] of snippets) writeFileSync(join(folder, `${name}.ts`), code);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(ROOT, 'tsconfig.json'),
        include: ['*.ts'],
        exclude: [],
      }),
    );
    const lines = (await compile(folder)).split('\n').filter((line) => line.trim() !== '');
    return lines
      .filter((line) => !/^(?:lambdas|infra)\//.test(line))
      .map((line) => line.replace(/^.*snippet-\w+\//, ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compile(folder: string): Promise<string> {
  try {
    await promisify(execFile)(
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      ['-p', folder, '--pretty', 'false'],
      {
        cwd: ROOT,
      },
    );
    return '';
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? String(error);
  }
}
