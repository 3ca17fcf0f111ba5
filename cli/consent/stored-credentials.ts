import type { Redacted } from '../../lambdas/core/redacted.ts';
import { type Credentials, parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import { readIfAllowed } from '../aws/try-read.ts';
import type { CredentialsSecret } from '../secrets/credentials-secret.ts';
import type { Session } from '../session.ts';

/** What the credentials secret holds before an authorization. */
export interface StoredCredentialsText {
  /** The exact text; undefined when the secret is empty or the user may not read it. */
  readonly text: Redacted | undefined;
  /** Undefined when the text is missing or not valid. */
  readonly credentials: Credentials | undefined;
}

/**
 * Reads the secret, if it exists. A user who may write credentials but not read them starts with an empty secret.
 */
export async function readStoredCredentials(
  session: Session,
  name: string,
  secret: CredentialsSecret,
): Promise<StoredCredentialsText> {
  if (secret === undefined) return { text: undefined, credentials: undefined };
  const secrets = await session.secrets();
  const stored = await readIfAllowed(() => secrets.readCredentials(name));
  if (stored === undefined || stored.kind === 'empty') return { text: undefined, credentials: undefined };
  const parsed = parseCredentials(stored.text);
  return { text: stored.text, credentials: parsed.ok ? parsed.credentials : undefined };
}
