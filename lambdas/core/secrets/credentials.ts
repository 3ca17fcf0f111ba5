import { type AuthorizedBy, parseAuthorizedBy } from '../consent/authorized-by.ts';
import type { Failure } from '../failures.ts';
import { parseJsonObject } from '../json.ts';
import { Redacted } from '../redacted.ts';
import {
  DATA_CENTER_LOCATIONS,
  type DataCenterLocation,
  isDataCenterLocation,
} from '../zoho/data-centers.ts';
import { formatScopes, parseScopes } from '../zoho/scopes.ts';

/**
 * The content of the credentials secret. It allows minting without limit, so only the refresher and operators may read
 * it.
 */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: Redacted;
  readonly refreshToken: Redacted;
  /** Where these credentials are valid, and the only place they are sent to. Never guessed. */
  readonly dataCenter: DataCenterLocation;
  readonly clientType: 'server-based' | 'self-client' | undefined;
  /** Scopes granted at consent, as recorded then. */
  readonly scope: string | undefined;
  /** ISO 8601 time of the consent. */
  readonly authorizedAt: string | undefined;
  /** Who consented, and who stored the credentials. */
  readonly authorizedBy?: AuthorizedBy | undefined;
}

export type ParsedCredentials =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly failure: Failure };

const REQUIRED = ['client_id', 'client_secret', 'refresh_token', 'data_center'] as const;

/**
 * Parses the JSON of a credentials secret. Unknown keys are ignored. All problems are named at once; values are never
 * quoted, except a data center that looks like a word.
 */
export function parseCredentials(text: Redacted): ParsedCredentials {
  const json = parseJsonObject(text.reveal());
  if (json === undefined) {
    return malformed('The credentials secret does not contain a JSON object');
  }
  const problems = REQUIRED.flatMap((key) => problemsOf(key, json[key]));
  if (problems.length > 0) {
    return malformed(`The credentials secret is incomplete: ${problems.join('; ')}`);
  }
  const dataCenter = textOf(json.data_center)?.toLowerCase();
  if (!isDataCenterLocation(dataCenter)) {
    return { ok: false, failure: { code: 'unknown_data_center', message: unknownDataCenter(dataCenter) } };
  }
  return {
    ok: true,
    credentials: {
      clientId: textOf(json.client_id) ?? '',
      clientSecret: new Redacted(textOf(json.client_secret) ?? ''),
      refreshToken: new Redacted(textOf(json.refresh_token) ?? ''),
      dataCenter,
      clientType: clientTypeOf(json.client_type),
      scope: scopeOf(json.scope),
      authorizedAt: textOf(json.authorized_at),
      authorizedBy: parseAuthorizedBy(json.authorized_by),
    },
  };
}

function problemsOf(key: string, value: unknown): string[] {
  if (value === undefined || value === null) return [`${key} is missing`];
  if (typeof value !== 'string') return [`${key} must be a string, is ${describeType(value)}`];
  return value.trim() === '' ? [`${key} is empty`] : [];
}

function describeType(value: unknown): string {
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`.replace('a object', 'an object');
}

/** Secrets pasted by hand often end with a line break; Zoho's values never do. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Separated by commas or spaces. Published with commas if Zoho's answer names no scopes. */
function scopeOf(value: unknown): string | undefined {
  return formatScopes(parseScopes(textOf(value) ?? '')) || undefined;
}

function clientTypeOf(value: unknown): Credentials['clientType'] {
  return value === 'server-based' || value === 'self-client' ? value : undefined;
}

function malformed(what: string): ParsedCredentials {
  const shape = '{"client_id","client_secret","refresh_token","data_center"}';
  return {
    ok: false,
    failure: {
      code: 'malformed_credentials',
      message: `${what}. Write it again as ${shape}. The refresher picks it up within 5 minutes.`,
    },
  };
}

function unknownDataCenter(given: string | undefined): string {
  const isWord = given !== undefined && /^[a-z]{1,12}$/.test(given);
  const what = isWord ? `data_center "${given}" is not known` : 'data_center is not a location code';
  return `${what}. Allowed: ${DATA_CENTER_LOCATIONS.join(', ')}. It is never guessed: Zoho rejects credentials of another data center.`;
}
