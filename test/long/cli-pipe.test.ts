import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../cli/zoho-tokens.mjs', import.meta.url));

/** What a script writes, in which `zoho` is the command. */
function run(script: string): string {
  const source = `zoho() { "$ZOHO_NODE" "$ZOHO_ENTRY" "$@"; }; ${script}`;
  const env = { ...process.env, ZOHO_NODE: process.execPath, ZOHO_ENTRY: ENTRY };
  return execFileSync('bash', ['-c', source], { encoding: 'utf8', env });
}

it('zoho-tokens exits with 0 when the reader of its output closes the pipe', () => {
  expect(run('{ zoho --help | true; echo "exit $PIPESTATUS"; } 2>&1')).toBe('exit 0\n');
});

it('zoho-tokens finishes with its own exit code when no one reads its messages', () => {
  expect(run('zoho no-such-command 2>&1 >/dev/null | true; echo "exit $PIPESTATUS"')).toBe('exit 2\n');
});

it.runIf(existsSync('/dev/full'))('zoho-tokens says that its result could not be written', () => {
  const output = run('{ zoho --version >/dev/full; echo "exit $?"; } 2>&1');

  expect(output).toBe('error: The result cannot be written to stdout (ENOSPC).\nexit 1\n');
});
