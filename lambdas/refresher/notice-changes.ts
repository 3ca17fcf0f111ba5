import { chooseApiDomain } from '../core/refresh/choose-api-domain.ts';
import type { MintedToken } from '../core/refresh/minted-token.ts';
import { RENEWAL_SPACING_MS } from '../core/refresh/renewal-pace.ts';
import { TICK_MS } from '../core/refresh/renewal-times.ts';
import { ACCESS_TOKEN_LIFETIME_MS, SHORT_LIFE_MS } from '../core/zoho/token-response.ts';
import type { AttemptContext } from './refresh-context.ts';

/** Lives that differ by less are the same. */
const SAME_LIFE_MS = 60_000;

type Notice = Pick<AttemptContext, 'log' | 'metrics'>;

/** In which way Zoho answers otherwise than it documents, as the log names it. */
type Change = 'refresh-token' | 'token-life' | 'api-domain';

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

/** Logs what an answer of Zoho says that earlier ones did not: another life of tokens, or another `api_domain`. */
export function noticeChanges(notice: Notice, minted: MintedToken): void {
  noticeLife(notice, minted);
  noticeApiDomain(notice, minted);
}

/** A shorter life than Zoho's hour is reported once, and again when it becomes shorter still. */
function noticeLife(notice: Notice, { connection: { name, token }, response }: MintedToken): void {
  const lifeMs = response.lifetimeMs;
  const previousMs = token === undefined ? ACCESS_TOKEN_LIFETIME_MS : token.expiresAtMs - token.issuedAtMs;
  const lives = { lifeSeconds: seconds(lifeMs), previousLifeSeconds: seconds(previousMs) };
  if (lifeMs < SHORT_LIFE_MS && lifeMs < previousMs - SAME_LIFE_MS) {
    noticeChange(notice, name, 'token-life', 'tokens of Zoho live shorter than an hour', {
      ...lives,
      reason: `A token is renewed every ${minutes(RENEWAL_SPACING_MS)} minutes at most. If it lives shorter than ${minutes(RENEWAL_SPACING_MS + TICK_MS)} minutes, consumers have none in between.`,
    });
  }
  if (previousMs < SHORT_LIFE_MS && lifeMs >= SHORT_LIFE_MS)
    notice.log.info('tokens of Zoho live about an hour again', { connection: name, ...lives });
}

const seconds = (ms: number) => Math.round(ms / 1000);
const minutes = (ms: number) => Math.ceil(ms / 60_000);

function noticeApiDomain(notice: Notice, minted: MintedToken): void {
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
