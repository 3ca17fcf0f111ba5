import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../cli/zoho-tokens.mjs', import.meta.url));

it('zoho-tokens exits with 0 when the reader of its output closes the pipe', () => {
  const script = `{ "$0" "$1" --help | true; echo "exit \${PIPESTATUS[0]}"; } 2>&1`;

  const output = execFileSync('bash', ['-c', script, process.execPath, ENTRY], { encoding: 'utf8' });

  expect(output).toBe('exit 0\n');
});
