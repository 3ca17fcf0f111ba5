import { DATA_CENTERS, isHostOf } from '../zoho/data-centers.ts';
import { VALUE_OMITTED } from '../zoho/token-response.ts';
import { type MintedToken, repeatsSecret } from './minted-token.ts';

/** The `api_domain` that is published with a token. */
export interface ApiDomainChoice {
  readonly apiDomain: string;
  /** Host of the `api_domain` that Zoho sent, if it is ignored: it is unknown, or belongs to another data center. */
  readonly ignored: string | undefined;
}

/**
 * Zoho's `api_domain` if it belongs to the data center of the credentials: a token is valid in its own data center only.
 * Otherwise the previous one, or that of the data center.
 */
export function chooseApiDomain(minted: MintedToken): ApiDomainChoice {
  const { connection, credentials, response } = minted;
  const own = DATA_CENTERS[credentials.dataCenter];
  const isOwn = (origin: string | undefined): origin is string =>
    origin !== undefined &&
    isHostOf(own.location, new URL(origin).hostname) &&
    !repeatsSecret(minted, origin);

  const { apiDomain, unknownApiHost } = response;
  if (isOwn(apiDomain)) return { apiDomain, ignored: undefined };
  const host = apiDomain === undefined ? unknownApiHost : new URL(apiDomain).hostname;
  return {
    apiDomain: isOwn(connection.apiDomain) ? connection.apiDomain : own.apiDomain,
    ignored: host !== undefined && repeatsSecret(minted, host) ? VALUE_OMITTED : host,
  };
}
