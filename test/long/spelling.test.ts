import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('npm run spelling finds no unknown word in the documents. Add names to cspell.json', () => {
  const { stdout, status } = spawnSync('npm', ['run', '--silent', 'spelling'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });

  expect(stdout).toBe('');
  expect(status).toBe(0);
});
