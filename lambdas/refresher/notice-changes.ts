import { chooseApiDomain } from '../core/refresh/choose-api-domain.ts';
import { isRotated, type MintedToken } from '../core/refresh/minted-token.ts';
import type { AttemptContext } from './refresh-context.ts';

/** Logs what an answer of Zoho says that earlier ones did not: a refresh token, or another `api_domain`. */
export function noticeChanges(
  { log, metrics }: Pick<AttemptContext, 'log' | 'metrics'>,
  minted: MintedToken,
): void {
  const { name, apiDomain: previous, ignoredApiDomain } = minted.connection;
  if (isRotated(minted)) {
    metrics.record({ RefreshTokenRotated: 1 }, name);
    log.warn('Zoho sent a new refresh token, which is not stored', {
      connection: name,
      reason: `The refresh token in the credentials secret is used until Zoho refuses it. Then run: zoho-tokens authorize ${name}`,
    });
  }
  const { apiDomain, ignored } = chooseApiDomain(minted);
  if (ignored !== undefined && ignored !== ignoredApiDomain) {
    log.warn('an api_domain of Zoho is ignored', {
      connection: name,
      ignored,
      apiDomain,
      reason: `It is not a host of the data center ${minted.credentials.dataCenter}. Run: zoho-tokens doctor ${name}`,
    });
  }
  if (previous !== undefined && previous !== apiDomain) {
    log.info('the api_domain has changed', { connection: name, previous, apiDomain });
  }
}
