import type { Connection } from '../core/connection/connection.ts';
import type { Decline } from '../core/refresh/declines.ts';
import { decideWithCredentials, type Mint, type RefreshRequest } from '../core/refresh/refresh-decision.ts';
import { isRefusedLater, isSecretRefused } from '../core/refresh/refused-credentials.ts';
import { type CredentialsRead, type FoundCredentials, judgedVersionOf } from './read-credentials.ts';
import type { AttemptContext } from './refresh-context.ts';

/**
 * Decides with which credentials Zoho is asked. If it refused the secret of a shared client, the new secret is tried, in an attempt of
 * its own: so each call of Zoho has its lease and is counted.
 */
export function chooseCredentials(
  { clock, settings }: AttemptContext,
  { stored, alternative }: CredentialsRead & { readonly kind: 'found' },
  seen: Connection,
  request: RefreshRequest,
): { readonly decision: Mint | Decline; readonly stored: FoundCredentials } {
  const nowMs = clock.now();
  const decideWith = (found: FoundCredentials) => ({
    decision: decideWithCredentials(seen, request, judgedVersionOf(found), nowMs, settings.parkAfterMs),
    stored: found,
  });
  if (alternative === undefined || !isSecretRefused(seen)) return decideWith(stored);
  const isNewOneFirst = isRefusedLater(
    seen.refusedCredentials,
    judgedVersionOf(stored),
    judgedVersionOf(alternative),
  );
  const [first, second] = isNewOneFirst ? [alternative, stored] : [stored, alternative];
  const preferred = decideWith(first);
  return preferred.decision.action === 'mint' ? preferred : decideWith(second);
}
