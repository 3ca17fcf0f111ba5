import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The package, as npm pack makes it. */
    tarball: string;
  }
}

/** Packs the package once for all tests, into an empty folder. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'zoho-pack-'));
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const output = execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    timeout: 180_000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The script that builds may write a line of its own first.
  const [packed] = JSON.parse(output.slice(output.indexOf('[\n'))) as { filename: string }[];
  project.provide('tarball', join(folder, packed?.filename ?? ''));
  return () => rmSync(folder, { recursive: true });
}
