import { type AuthorizedBy, parseAuthorizedBy } from '../consent/authorized-by.ts';
import type { Failure } from '../failures.ts';
import { parseJsonObject, textOf } from '../json.ts';
import { Redacted } from '../redacted.ts';
import {
  DATA_CENTER_LOCATIONS,
  type DataCenterLocation,
  isDataCenterLocation,
} from '../zoho/data-centers.ts';
import { formatScopes, parseScopes } from '../zoho/scopes.ts';
import {
  clientTypeOf,
  clientWithoutDataCenter,
  isClientName,
  parseClient,
  type SharedClient,
  secretFor,
} from './shared-client.ts';

/**
 * The content of the credentials secret. It allows minting without limit, so only the refresher and operators may read
 * it.
 */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: Redacted;
  /** Name of the client, if the credentials refer to one that connections share. */
  readonly client?: string | undefined;
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
  /** The AWS principal whose invite they come from, as it was stated. */
  readonly invitedBy?: string | undefined;
}

/** What credentials say without their client, which may be gone. It is enough to revoke them at Zoho. */
export type Authorization = Pick<
  Credentials,
  'refreshToken' | 'dataCenter' | 'scope' | 'authorizedAt' | 'authorizedBy' | 'invitedBy'
>;

export type ParsedAuthorization =
  | { readonly ok: true; readonly authorization: Authorization }
  | { readonly ok: false; readonly failure: Failure };

export type ParsedCredentials =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly failure: Failure };

const REQUIRED = ['client_id', 'client_secret', 'refresh_token', 'data_center'] as const;
const REQUIRED_WITH_CLIENT = ['client', 'refresh_token', 'data_center'] as const;

/**
 * The client that credentials refer to, or undefined if they have an id and a secret of their own, which count then. The name may be
 * invalid.
 */
export function referredClient(text: Redacted): string | undefined {
  const json = parseJsonObject(text.reveal());
  return json !== undefined && refersToClient(json) ? (textOf(json.client) ?? '') : undefined;
}

function refersToClient(json: Record<string, unknown>): boolean {
  return json.client !== undefined && json.client_id === undefined && json.client_secret === undefined;
}

/**
 * Parses the JSON of a credentials secret. Unknown keys are ignored. All problems are named at once; values are never
 * quoted, except a data center that looks like a word. `clientText` is the JSON of the client that the credentials refer to.
 */
export function parseCredentials(text: Redacted, clientText?: Redacted): ParsedCredentials {
  const parsed = parseAuthorization(text);
  if (!parsed.ok) return parsed;
  const { authorization } = parsed;
  const json = parseJsonObject(text.reveal()) ?? {};
  if (refersToClient(json)) {
    const used = useClient(textOf(json.client) ?? '', clientText, authorization.dataCenter);
    return used.ok ? { ok: true, credentials: { ...authorization, ...used.client } } : used;
  }
  return {
    ok: true,
    credentials: {
      ...authorization,
      clientId: textOf(json.client_id) ?? '',
      clientSecret: new Redacted(textOf(json.client_secret) ?? ''),
      clientType: clientTypeOf(json.client_type),
    },
  };
}

/** Parses the same JSON without the client that it refers to. */
export function parseAuthorization(text: Redacted): ParsedAuthorization {
  const json = parseJsonObject(text.reveal());
  if (json === undefined) {
    return malformed('The stored credentials are not a JSON object');
  }
  const required = refersToClient(json) ? REQUIRED_WITH_CLIENT : REQUIRED;
  const problems = required.flatMap((key) => problemsOf(key, json[key]));
  if (problems.length > 0) {
    return malformed(`The stored credentials are incomplete: ${problems.join('; ')}`);
  }
  const dataCenter = textOf(json.data_center)?.toLowerCase();
  if (!isDataCenterLocation(dataCenter)) {
    return { ok: false, failure: { code: 'unknown_data_center', message: unknownDataCenter(dataCenter) } };
  }
  return {
    ok: true,
    authorization: {
      refreshToken: new Redacted(textOf(json.refresh_token) ?? ''),
      dataCenter,
      scope: scopeOf(json.scope),
      authorizedAt: textOf(json.authorized_at),
      authorizedBy: parseAuthorizedBy(json.authorized_by),
      invitedBy: textOf(json.invited_by),
    },
  };
}

type UsedClient =
  | {
      readonly ok: true;
      readonly client: Pick<Credentials, 'clientId' | 'clientSecret' | 'client' | 'clientType'>;
    }
  | { readonly ok: false; readonly failure: Failure };

function useClient(name: string, text: Redacted | undefined, dataCenter: DataCenterLocation): UsedClient {
  if (!isClientName(name)) return malformed('The stored credentials name a client that has no valid name');
  if (text === undefined)
    return malformed(`The stored credentials name the client ${name}, which was not read`);
  const parsed = parseClient(name, text);
  if (!parsed.ok) return parsed;
  const { clientId, clientType }: SharedClient = parsed.client;
  const clientSecret = secretFor(parsed.client, dataCenter);
  if (clientSecret === undefined) return { ok: false, failure: clientWithoutDataCenter(name, dataCenter) };
  return { ok: true, client: { clientId, clientSecret, client: name, clientType } };
}

function problemsOf(key: string, value: unknown): string[] {
  if (value === undefined || value === null) return [`${key} is missing`];
  if (typeof value !== 'string') return [`${key} must be a string, is ${describeType(value)}`];
  return value.trim() === '' ? [`${key} is empty`] : [];
}

function describeType(value: unknown): string {
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`.replace('a object', 'an object');
}

/** Separated by commas or spaces. Published with commas if Zoho's answer names no scopes. */
function scopeOf(value: unknown): string | undefined {
  return formatScopes(parseScopes(textOf(value) ?? '')) || undefined;
}

function malformed(what: string): { readonly ok: false; readonly failure: Failure } {
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
