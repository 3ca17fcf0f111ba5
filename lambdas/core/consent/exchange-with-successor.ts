import type { Redacted } from '../redacted.ts';
import type { CodeResponse } from '../zoho/code-response.ts';

/** An exchange, and whether the new secret of the client was needed. */
export interface SuccessorExchange {
  readonly response: CodeResponse;
  readonly usedSuccessor: boolean;
}

/**
 * Exchanges a code. If Zoho refuses the secret of a shared client that is being rotated, the new secret is tried, as the refresher does. The
 * caller then makes it current.
 */
export async function exchangeWithSuccessor(
  exchange: (clientSecret: Redacted) => Promise<CodeResponse>,
  clientSecret: Redacted,
  successor: Redacted | undefined,
): Promise<SuccessorExchange> {
  const response = await exchange(clientSecret);
  const isSecretRefused = response.kind === 'refused' && response.failure.code === 'invalid_client_secret';
  if (!isSecretRefused || successor === undefined) return { response, usedSuccessor: false };
  const second = await exchange(successor);
  return { response: second, usedSuccessor: second.kind === 'granted' };
}
