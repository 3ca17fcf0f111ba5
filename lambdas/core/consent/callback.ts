import { Redacted } from '../redacted.ts';
import {
  DATA_CENTER_LOCATIONS,
  DATA_CENTERS,
  type DataCenterLocation,
  isDataCenterLocation,
} from '../zoho/data-centers.ts';

/** The parsed redirect from the consent page. */
export type Callback =
  | {
      readonly kind: 'code';
      readonly code: Redacted;
      /** The data center of the account, as Zoho reports it; undefined when it does not. */
      readonly dataCenter: DataCenterLocation | undefined;
    }
  /** The user denied consent. */
  | { readonly kind: 'denied' }
  /** Zoho rejected the request. `error` is Zoho's error code; undefined when it does not look like one. */
  | { readonly kind: 'error'; readonly error: string | undefined }
  /** `location` and `accounts-server` do not name one known data center. The code must not be sent anywhere. */
  | { readonly kind: 'unknown-data-center' };

/** Parses the parameters of a redirect (RFC 6749, section 4.1.2) whose state has been checked. */
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

/** Accepts only data centers of the table, and only if both parameters name the same one. */
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
