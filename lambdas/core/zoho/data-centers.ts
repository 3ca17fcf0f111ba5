import { isProductHostOf } from './product-hosts.ts';

/** Zoho's location code of a data center, as in the authorization callback's `location`. */
export type DataCenterLocation = 'us' | 'eu' | 'in' | 'au' | 'jp' | 'ca' | 'sa' | 'uk' | 'cn' | 'ae' | 'sg';

/**
 * Zoho's data centers: the one table of where credentials and tokens may be sent.
 *
 * A table, never the location itself: `accounts.zoho.<location>` is wrong for us, au, ca and cn.
 * Source: Zoho's multi-DC documentation, `GET https://accounts.zoho.com/oauth/serverinfo`. Confidence is high for
 * us, eu, in, au, jp, ca, sa and ae; medium for the API domain of uk and for sg.
 *
 * India's Enterprise Cloud (`inec`) is missing: public clients name its accounts server (accounts.zohohq.in), but no source
 * names its API domain or the `location` of its callback, and neither is guessed.
 */
export interface DataCenter {
  readonly location: DataCenterLocation;
  /** Origin that issues, refreshes and revokes tokens. The only place where credentials are ever sent. */
  readonly accountsServer: string;
  /** Usual `api_domain` of a token response, used if a response has none. */
  readonly apiDomain: string;
}

const domainsOf = (suffix: string, accounts = `zoho.${suffix}`): readonly [accounts: string, api: string] => [
  accounts,
  `zohoapis.${suffix}`,
];

/** Registrable domains of each data center. The first one has the accounts server, the second one the usual API origin. */
const DOMAINS: Readonly<Record<DataCenterLocation, readonly [accounts: string, api: string]>> = {
  us: domainsOf('com'),
  eu: domainsOf('eu'),
  in: domainsOf('in'),
  au: domainsOf('com.au'),
  jp: domainsOf('jp'),
  ca: domainsOf('ca', 'zohocloud.ca'),
  sa: domainsOf('sa'),
  uk: domainsOf('uk'),
  cn: domainsOf('com.cn'),
  ae: domainsOf('ae'),
  sg: domainsOf('sg'),
};

/** Marked as pure, because consumers need the domains only: bundlers leave the rest out. */
export const DATA_CENTERS = /* @__PURE__ */ createTable();

function createTable(): Readonly<Record<DataCenterLocation, DataCenter>> {
  const rows = Object.entries(DOMAINS).map(([location, [accounts, api]]) => [
    location,
    { location, accountsServer: `https://accounts.${accounts}`, apiDomain: `https://www.${api}` },
  ]);
  return Object.fromEntries(rows) as Readonly<Record<DataCenterLocation, DataCenter>>;
}

/** Every known location code, in the table's order. */
export const DATA_CENTER_LOCATIONS = /* @__PURE__ */ Object.keys(DOMAINS) as DataCenterLocation[];

/** True for a location of the table. There is no fallback: an unknown location is an error, never `us`. */
export const isDataCenterLocation = (location: unknown): location is DataCenterLocation =>
  typeof location === 'string' && Object.hasOwn(DOMAINS, location);

/**
 * An `api_domain` as an origin, or undefined if it is not an https origin of one of Zoho's domains: of the data center that is
 * given, or of any if none or an unknown one is. Which one of a token response is published, `core/refresh/choose-api-domain.ts`
 * decides. Sandboxes have hosts of their own (`sandbox.zohoapis.*`, `developer.zohoapis.*`).
 */
export const parseApiDomain = (apiDomain: unknown, location?: unknown): string | undefined => {
  if (typeof apiDomain !== 'string' || !URL.canParse(apiDomain)) return undefined;
  const { href, origin, protocol, port, hostname } = new URL(apiDomain);
  const isBareOrigin = href === `${origin}/` && port === '';
  const allowed = isDataCenterLocation(location) ? DOMAINS[location] : Object.values(DOMAINS).flat();
  const isZohos = isBelow(allowed, hostname);
  return protocol === 'https:' && isBareOrigin && isZohos ? origin : undefined;
};

/**
 * True for hosts of one data center: where a token of that data center may be sent. These are all hosts below its domains,
 * and the hosts that products have elsewhere.
 */
export const isHostOf = (location: DataCenterLocation, hostname: string): boolean =>
  isBelow(DOMAINS[location], hostname) || isProductHostOf(location, hostname);

const isBelow = (domains: readonly string[], hostname: string): boolean =>
  domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
