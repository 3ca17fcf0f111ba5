import { exchangeCode } from '../../lambdas/adapters/consent/exchange-code.ts';
import { tryRead } from '../aws/try-read.ts';
import type { ConsentClient } from '../clients/find-client-secret.ts';
import type { Session } from '../session.ts';

type CodeExchange = Omit<Parameters<typeof exchangeCode>[1], 'client'>;
type CodeResponse = Awaited<ReturnType<typeof exchangeCode>>;

/**
 * Exchanges a code. If Zoho refuses the secret of a shared client that is being rotated, the new secret is tried, and made the current one,
 * as the refresher does.
 */
export async function exchangeForConsent(
  session: Session,
  { client, ...exchange }: CodeExchange & { readonly client: ConsentClient },
): Promise<CodeResponse> {
  const { accounts, signal } = session;
  const response = await exchangeCode(accounts, { ...exchange, client }, signal());
  const isSecretRefused = response.kind === 'refused' && response.failure.code === 'invalid_client_secret';
  const { successor } = client;
  if (!isSecretRefused || successor === undefined) return response;
  const renewed = { ...client, clientSecret: successor.clientSecret };
  const second = await exchangeCode(accounts, { ...exchange, client: renewed }, signal());
  if (second.kind === 'refused') return second;
  // Whatever AWS answers, the refresh token must not be lost.
  const promoted = await tryRead(successor.promote);
  session.runtime.terminal.info(
    promoted.kind === 'read'
      ? `Zoho refuses the old secret of the client ${client.client} and accepts the new one, which is current now.`
      : `Zoho accepts the new secret of the client ${client.client} only. The refresher makes it current.`,
  );
  return second;
}
