import { exchangeCode } from '../../lambdas/adapters/consent/exchange-code.ts';
import { exchangeWithSuccessor } from '../../lambdas/core/consent/exchange-with-successor.ts';
import { tryRead } from '../aws/try-read.ts';
import type { ConsentClient } from '../clients/find-client-secret.ts';
import type { Session } from '../session.ts';

type CodeExchange = Omit<Parameters<typeof exchangeCode>[1], 'client'>;
type CodeResponse = Awaited<ReturnType<typeof exchangeCode>>;

/** Exchanges a code, with the new secret of a shared client if Zoho wants it. That one becomes the current one. */
export async function exchangeForConsent(
  session: Session,
  { client, ...exchange }: CodeExchange & { readonly client: ConsentClient },
): Promise<CodeResponse> {
  const { accounts, signal } = session;
  const { successor } = client;
  const { response, usedSuccessor } = await exchangeWithSuccessor(
    (clientSecret) => exchangeCode(accounts, { ...exchange, client: { ...client, clientSecret } }, signal()),
    client.clientSecret,
    successor?.clientSecret,
  );
  if (!usedSuccessor || successor === undefined) return response;
  // Whatever AWS answers, the refresh token must not be lost.
  const promoted = await tryRead(successor.promote);
  session.runtime.terminal.info(
    promoted.kind === 'read'
      ? `Zoho refuses the old secret of the client ${client.client} and accepts the new one, which is current now.`
      : `Zoho accepts the new secret of the client ${client.client} only. The refresher makes it current.`,
  );
  return response;
}
