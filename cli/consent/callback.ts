import { Redacted } from '../../lambdas/core/redacted.ts';
import {
  DATA_CENTER_LOCATIONS,
  DATA_CENTERS,
  type DataCenterLocation,
  isDataCenterLocation,
} from '../../lambdas/core/zoho/data-centers.ts';

/** What the browser brought back from the consent page. */
export type Callback =
  | {
      readonly kind: 'code';
      readonly code: Redacted;
      /** Where the account lives, as Zoho says; undefined when it does not say. */
      readonly dataCenter: DataCenterLocation | undefined;
    }
  /** The person said no. */
  | { readonly kind: 'denied' }
  /** Zoho could not ask. `error` is a word of Zoho's, or undefined when it does not look like one. */
  | { readonly kind: 'error'; readonly error: string | undefined }
  /** `location` and `accounts-server` are not those of one known data center: the code goes nowhere. */
  | { readonly kind: 'unknown-data-center' };

/** The parameters of the redirect (RFC 6749, section 4.1.2), whose state was checked before. */
export function parseCallback(parameters: URLSearchParams): Callback {
  const error = parameters.get('error');
  if (error === 'access_denied') return { kind: 'denied' };
  const code = parameters.get('code') ?? '';
  if (error !== null || code === '') {
    return { kind: 'error', error: /^[a-z_]{1,40}$/.test(error ?? '') ? (error ?? undefined) : undefined };
  }
  const dataCenter = dataCenterOf(parameters.get('location'), parameters.get('accounts-server'));
  return dataCenter === 'unknown'
    ? { kind: 'unknown-data-center' }
    : { kind: 'code', code: new Redacted(code), dataCenter };
}

/** Only places of the table are believed, and only if both parameters mean the same one: a code is sent nowhere else. */
function dataCenterOf(
  location: string | null,
  accountsServer: string | null,
): DataCenterLocation | undefined | 'unknown' {
  const byServer = DATA_CENTER_LOCATIONS.find(
    (known) => DATA_CENTERS[known].accountsServer === accountsServer?.replace(/\/$/, ''),
  );
  if (accountsServer !== null && byServer === undefined) return 'unknown';
  if (location === null) return byServer;
  if (!isDataCenterLocation(location)) return 'unknown';
  return byServer === undefined || byServer === location ? location : 'unknown';
}
