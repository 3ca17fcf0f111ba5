import type { Failure } from '../failures.ts';
import { parseJsonObject } from '../json.ts';
import { Redacted } from '../redacted.ts';
import {
  DATA_CENTER_LOCATIONS,
  type DataCenterLocation,
  isDataCenterLocation,
} from '../zoho/data-centers.ts';
import { formatScopes, parseScopes } from '../zoho/scopes.ts';

/** What the credentials secret holds: enough to mint for ever, hence for the refresher and the operator only. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: Redacted;
  readonly refreshToken: Redacted;
  /** Where these credentials are valid, and the only place that they are sent to. Never guessed. */
  readonly dataCenter: DataCenterLocation;
  readonly clientType: 'server-based' | 'self-client' | undefined;
  /** Scopes granted at consent, as recorded then. */
  readonly scope: string | undefined;
  /** ISO 8601 time of the consent. */
  readonly authorizedAt: string | undefined;
}

export type ParsedCredentials =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly failure: Failure };

const REQUIRED = ['client_id', 'client_secret', 'refresh_token', 'data_center'] as const;

/**
 * Reads the JSON of a credentials secret. Keys that are not known are left alone. All problems are named at once; values
 * are never quoted, apart from a data center that looks like a word.
 */
export function parseCredentials(text: Redacted): ParsedCredentials {
  const json = parseJsonObject(text.reveal());
  if (json === undefined) {
    return malformed('the credentials secret does not hold a JSON object');
  }
  const problems = REQUIRED.flatMap((key) => problemsOf(key, json[key]));
  if (problems.length > 0) {
    return malformed(`the credentials secret is incomplete: ${problems.join('; ')}`);
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

/** Secrets pasted by hand often carry a line break at the end; Zoho's values never do. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Written with commas or spaces; published, when Zoho names none itself, in the form that consumers are promised. */
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
      message: `${what}. Write it again as ${shape}; the connection heals by itself within 5 minutes.`,
    },
  };
}

function unknownDataCenter(given: string | undefined): string {
  const isWord = given !== undefined && /^[a-z]{1,12}$/.test(given);
  const what = isWord ? `data_center "${given}" is not known` : 'data_center is not a location code';
  return `${what}. Allowed: ${DATA_CENTER_LOCATIONS.join(', ')}. It is never guessed: a wrong one looks like wrong credentials.`;
}
