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
  /** The current version; undefined when the secret is empty. */
  readonly versionId: string | undefined;
  readonly storedAtMs: number | undefined;
}

/**
 * Reads the secret, if it exists. A user who may write credentials but not read them starts with an empty secret.
 */
export async function readStoredCredentials(
  session: Session,
  name: string,
  secret: CredentialsSecret,
): Promise<StoredCredentialsText> {
  const { currentVersionId, changedAtMs: storedAtMs } = secret ?? {};
  const unread = { text: undefined, credentials: undefined, versionId: currentVersionId, storedAtMs };
  if (secret === undefined) return unread;
  const secrets = await session.secrets();
  const stored = await readIfAllowed(() => secrets.readCredentials(name));
  if (stored === undefined || stored.kind === 'empty') return unread;
  const { versionId } = stored;
  const parsed = parseCredentials(stored.text, stored.clientText);
  return {
    ...{ text: stored.text, versionId, storedAtMs },
    credentials: parsed.ok ? parsed.credentials : undefined,
  };
}
