import { chooseApiDomain } from '../core/refresh/choose-api-domain.ts';
import type { MintedToken } from '../core/refresh/minted-token.ts';
import type { AttemptContext } from './refresh-context.ts';

type Notice = Pick<AttemptContext, 'log' | 'metrics'>;

/** In which way Zoho answers otherwise than it documents, as the log names it. */
type Change = 'refresh-token' | 'api-domain';

/** Logs and counts that Zoho answers otherwise than it documents. */
export function noticeChange(
  { log, metrics }: Notice,
  connection: string,
  change: Change,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): void {
  metrics.record({ ContractChanged: 1 }, connection);
  log.warn(message, { connection, change, ...fields });
}

/** Logs what an answer of Zoho says that earlier ones did not: another `api_domain`. */
export function noticeChanges(notice: Notice, minted: MintedToken): void {
  const { name, apiDomain: previous, ignoredApiDomain } = minted.connection;
  const { apiDomain, ignored } = chooseApiDomain(minted);
  if (ignored !== undefined && ignored !== ignoredApiDomain) {
    noticeChange(notice, name, 'api-domain', 'an api_domain of Zoho is ignored', {
      ignored,
      apiDomain,
      reason: `It is not a host of the data center ${minted.credentials.dataCenter}. Run: zoho-tokens doctor ${name}`,
    });
  }
  if (previous !== undefined && previous !== apiDomain) {
    notice.log.info('the api_domain has changed', { connection: name, previous, apiDomain });
  }
}
