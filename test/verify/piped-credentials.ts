import { readFileSync } from 'node:fs';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { parseCredentials } from '../../lambdas/core/secrets/credentials.ts';

/** Reads the credentials from stdin and checks them before anything is deployed. Throws with what is wrong, never a value. */
export function readPipedCredentials(stdin: { readonly isTTY?: boolean; readonly fd: number }): Redacted {
  if (stdin.isTTY === true) throw new Error('--zoho reads the credentials from stdin: < credentials.json');
  const text = new Redacted(readFileSync(stdin.fd, 'utf8').trim());
  const parsed = parseCredentials(text);
  if (parsed.ok) return text;
  throw new Error(`The credentials on stdin: ${parsed.failure.message}`);
}
