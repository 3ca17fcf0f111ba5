import { CONNECTION_NAME_PATTERN, clientSecretName } from '../connection/connection-name.ts';
import type { Failure } from '../failures.ts';
import { isJsonObject, parseJsonObject, textOf } from '../json.ts';
import { Redacted } from '../redacted.ts';
import {
  DATA_CENTER_LOCATIONS,
  type DataCenterLocation,
  isDataCenterLocation,
} from '../zoho/data-centers.ts';

/** The content of a client secret: a client of Zoho that several connections share. */
export interface SharedClient {
  readonly clientId: string;
  /** Where the client is registered. */
  readonly dataCenter: DataCenterLocation;
  readonly clientType: 'server-based' | 'self-client' | undefined;
  /**
   * One for all data centers, or one for each: the owner of a client chooses
   * (source: https://www.zoho.com/accounts/protocol/oauth/multi-dc.html).
   */
  readonly secret: Redacted | ReadonlyMap<DataCenterLocation, Redacted>;
}

export type ParsedClient =
  | { readonly ok: true; readonly client: SharedClient }
  | { readonly ok: false; readonly failure: Failure };

/** A version of a client secret, before it is parsed. */
export interface ClientVersion {
  readonly versionId: string;
  readonly text: Redacted;
}

/** A shared client as it is stored. `pending` is the version with a new secret that Zoho has not accepted yet. */
export interface StoredClient {
  readonly current: ClientVersion;
  readonly pending: ClientVersion | undefined;
}

const CLIENT_SHAPE =
  '{"client_id","data_center","client_secret"}, or with "client_secrets":{"eu":"…","us":"…"} if they differ';

/** Parses the JSON of a client secret. Unknown keys are ignored. Values are never quoted. */
export function parseClient(name: string, text: Redacted): ParsedClient {
  const json = parseJsonObject(text.reveal());
  if (json === undefined) return malformed(name, 'it is not a JSON object');
  const clientId = textOf(json.client_id);
  const dataCenter = textOf(json.data_center)?.toLowerCase();
  const secret = secretOf(json);
  const problems = [
    ...(clientId === undefined ? ['client_id is missing or not a text'] : []),
    ...(isDataCenterLocation(dataCenter)
      ? []
      : [`data_center is not one of ${DATA_CENTER_LOCATIONS.join(', ')}`]),
    ...(typeof secret === 'string' ? [secret] : []),
  ];
  if (clientId === undefined || !isDataCenterLocation(dataCenter) || typeof secret === 'string')
    return malformed(name, problems.join('; '));
  const clientType = clientTypeOf(json.client_type);
  return { ok: true, client: { clientId, dataCenter, clientType, secret } };
}

/** The kind of a client; undefined if it is not known. */
export function clientTypeOf(value: unknown): SharedClient['clientType'] {
  return value === 'server-based' || value === 'self-client' ? value : undefined;
}

/** The secret that Zoho accepts in a data center, or undefined if the client has none for it. */
export function secretFor({ secret }: SharedClient, dataCenter: DataCenterLocation): Redacted | undefined {
  return secret instanceof Redacted ? secret : secret.get(dataCenter);
}

/** True for a valid name of a client. Clients and connections are named alike, and may have the same name. */
export function isClientName(name: unknown): name is string {
  return typeof name === 'string' && CONNECTION_NAME_PATTERN.test(name);
}

/** The secret, or what is wrong with it. */
function secretOf(json: Record<string, unknown>): SharedClient['secret'] | string {
  const { client_secret: one, client_secrets: many } = json;
  const isGiven = (value: unknown) => value !== undefined && value !== null;
  if (isGiven(one) && isGiven(many)) return 'client_secret and client_secrets are both given';
  if (!isGiven(many)) {
    const text = textOf(one);
    return text === undefined ? 'client_secret is missing or not a text' : new Redacted(text);
  }
  const entries = isJsonObject(many) ? Object.entries(many) : [];
  const secrets = new Map<DataCenterLocation, Redacted>();
  for (const [key, value] of entries) {
    const location = key.trim().toLowerCase();
    const text = textOf(value);
    if (!isDataCenterLocation(location)) return 'client_secrets has a key that is not a data center';
    if (text === undefined) return `client_secrets.${location} is not a text`;
    secrets.set(location, new Redacted(text));
  }
  return secrets.size === 0 ? 'client_secrets has no secret' : secrets;
}

function malformed(name: string, what: string): ParsedClient {
  return {
    ok: false,
    failure: {
      code: 'malformed_client',
      message: `The secret of the client ${name} cannot be used: ${what}. Run: zoho-tokens client add ${name} --replace --data-center LOCATION. Or write the secret as ${CLIENT_SHAPE}.`,
    },
  };
}

/** The failure of credentials whose client cannot be found. IAM answers alike if it denies the secret. */
export function unknownClient(secretPrefix: string, name: string): Failure {
  const secret = clientSecretName(secretPrefix, name);
  return {
    code: 'unknown_client',
    message: `The credentials name the client ${name}, whose secret ${secret} does not exist, is being deleted, or cannot be read by this role (IAM answers alike). Restore it (aws secretsmanager restore-secret --secret-id ${secret}) or add it again: zoho-tokens client add ${name}`,
  };
}

/** The failure of credentials in a data center for which their client has no secret. */
export function clientWithoutDataCenter(name: string, dataCenter: DataCenterLocation): Failure {
  return {
    code: 'client_without_data_center',
    message: `The client ${name} has no secret for the data center ${dataCenter}. Enable the data center in the settings of the client at Zoho (Multi DC), then run: zoho-tokens client rotate ${name} --data-center ${dataCenter}`,
  };
}

/**
 * Identifies what Zoho judges: a version of the credentials together with one of their client. Version IDs have 32 to 64 characters,
 * and so has this; 31 of each are unique enough.
 */
export function versionOfBoth(credentialsVersionId: string, clientVersionId: string): string {
  return `${credentialsVersionId.slice(0, 31)}_${clientVersionId.slice(0, 31)}`;
}

/** True if this version of the credentials was judged, alone or together with a version of its client. */
export function isVersionIn(judgedVersionId: string | undefined, credentialsVersionId: string): boolean {
  return (
    judgedVersionId === credentialsVersionId ||
    judgedVersionId?.startsWith(versionOfBoth(credentialsVersionId, '')) === true
  );
}
