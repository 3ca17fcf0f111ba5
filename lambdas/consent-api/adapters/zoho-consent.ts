import type { AccountsConnection } from '../../adapters/accounts-request.ts';
import { exchangeCode } from '../../adapters/consent/exchange-code.ts';
import { revokeRefreshToken } from '../../adapters/consent/revoke-token.ts';
import { whoConsented } from '../../adapters/consent/who-consented.ts';
import type { ZohoConsent } from '../../core/invites/consent-ports.ts';

export function createZohoConsent(accounts: AccountsConnection): ZohoConsent {
  return {
    exchange: (exchange, signal) => exchangeCode(accounts, exchange, signal),
    identify: (token, signal) => whoConsented(accounts, token, () => signal),
    revoke: async (token, signal) => {
      const result = await revokeRefreshToken(accounts, token, signal);
      if (result.kind === 'refused') return { failure: result.failure };
      if (result.kind !== 'unclear') return result.kind;
      const message = `Zoho answered HTTP ${result.status} to a revocation, which says neither yes nor no.`;
      return { failure: { code: 'unrecognized_response', message } };
    },
  };
}
