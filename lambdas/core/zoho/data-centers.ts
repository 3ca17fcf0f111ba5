import { isProductHostOf } from './product-hosts.ts';

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
  /** Zoho's location code, as in the authorization callback's `location`. */
  readonly location: string;
  /** Origin that issues, refreshes and revokes tokens. The only place where credentials are ever sent. */
  readonly accountsServer: string;
  /** Usual `api_domain` of a token response, used if a response has none. */
  readonly apiDomain: string;
  /** Registrable domains of this data center: an API host is one of them or below one of them. */
  readonly domains: readonly string[];
}

export const DATA_CENTERS = {
  us: dataCenter('us', 'com'),
  eu: dataCenter('eu', 'eu'),
  in: dataCenter('in', 'in'),
  au: dataCenter('au', 'com.au'),
  jp: dataCenter('jp', 'jp'),
  ca: dataCenter('ca', 'ca', 'zohocloud.ca'),
  sa: dataCenter('sa', 'sa'),
  uk: dataCenter('uk', 'uk'),
  cn: dataCenter('cn', 'com.cn'),
  ae: dataCenter('ae', 'ae'),
  sg: dataCenter('sg', 'sg'),
} as const satisfies Record<string, DataCenter>;

export type DataCenterLocation = keyof typeof DATA_CENTERS;

/** Every known location code, in the table's order. */
export const DATA_CENTER_LOCATIONS = /* @__PURE__ */ Object.keys(DATA_CENTERS) as DataCenterLocation[];

/** True for a location of the table. There is no fallback: an unknown location is an error, never `us`. */
export function isDataCenterLocation(location: unknown): location is DataCenterLocation {
  return typeof location === 'string' && Object.hasOwn(DATA_CENTERS, location);
}

/**
 * An `api_domain` as an origin, or undefined if it is not an https origin of one of Zoho's domains: of the data center that is
 * given, or of any if none or an unknown one is. Which one of a token response is published, `core/refresh/choose-api-domain.ts`
 * decides. Sandboxes have hosts of their own (`sandbox.zohoapis.*`, `developer.zohoapis.*`).
 */
export function parseApiDomain(apiDomain: unknown, location?: unknown): string | undefined {
  if (typeof apiDomain !== 'string' || !URL.canParse(apiDomain)) return undefined;
  const { href, origin, protocol, port, hostname } = new URL(apiDomain);
  const isBareOrigin = href === `${origin}/` && port === '';
  const allowed = isDataCenterLocation(location) ? [DATA_CENTERS[location]] : Object.values(DATA_CENTERS);
  const isZohos = allowed.some((dataCenter) => isBelowDomainOf(dataCenter, hostname));
  return protocol === 'https:' && isBareOrigin && isZohos ? origin : undefined;
}

/**
 * True for hosts of one data center: where a token of that data center may be sent. These are all hosts below its domains,
 * and the hosts that products have elsewhere.
 */
export function isHostOf(dataCenter: DataCenter, hostname: string): boolean {
  return isBelowDomainOf(dataCenter, hostname) || isProductHostOf(dataCenter.location, hostname);
}

function isBelowDomainOf({ domains }: DataCenter, hostname: string): boolean {
  return domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

function dataCenter(location: string, suffix: string, domain = `zoho.${suffix}`): DataCenter {
  return {
    location,
    accountsServer: `https://accounts.${domain}`,
    apiDomain: `https://www.zohoapis.${suffix}`,
    domains: [domain, `zohoapis.${suffix}`],
  };
}
