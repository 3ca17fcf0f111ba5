/** A place where Zoho keeps accounts, by the code that Zoho's authorization callback calls `location`. */
export type Location = 'us' | 'eu' | 'in' | 'au' | 'jp' | 'ca' | 'sa' | 'uk' | 'cn' | 'ae' | 'sg';

/** The public host names of one Zoho data center. */
interface DataCenterHosts {
  /** Host of the accounts server, which issues tokens. */
  readonly accounts: string;
  /** Host that token answers name as `api_domain`. */
  readonly api: string;
}

/**
 * The data centers that are simulated: the simulator's own copy, so that it does not share a mistake in the product's
 * table. Source: Zoho's multi-DC documentation (the hosts of ae and sg are less certain).
 */
export const DATA_CENTERS: Readonly<Record<Location, DataCenterHosts>> = {
  us: { accounts: 'accounts.zoho.com', api: 'www.zohoapis.com' },
  eu: { accounts: 'accounts.zoho.eu', api: 'www.zohoapis.eu' },
  in: { accounts: 'accounts.zoho.in', api: 'www.zohoapis.in' },
  au: { accounts: 'accounts.zoho.com.au', api: 'www.zohoapis.com.au' },
  jp: { accounts: 'accounts.zoho.jp', api: 'www.zohoapis.jp' },
  ca: { accounts: 'accounts.zohocloud.ca', api: 'www.zohoapis.ca' },
  sa: { accounts: 'accounts.zoho.sa', api: 'www.zohoapis.sa' },
  uk: { accounts: 'accounts.zoho.uk', api: 'www.zohoapis.uk' },
  cn: { accounts: 'accounts.zoho.com.cn', api: 'www.zohoapis.com.cn' },
  ae: { accounts: 'accounts.zoho.ae', api: 'www.zohoapis.ae' },
  sg: { accounts: 'accounts.zoho.sg', api: 'www.zohoapis.sg' },
};

/** Every simulated location. */
export const LOCATIONS = Object.keys(DATA_CENTERS) as readonly Location[];

/** Builds one value per location. */
export function mapLocations<Value>(build: (location: Location) => Value): Record<Location, Value> {
  const entries = LOCATIONS.map((location) => [location, build(location)] as const);
  return Object.fromEntries(entries) as Record<Location, Value>;
}
