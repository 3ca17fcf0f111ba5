import type { ClientRegistry, KnownClient } from './client-registry.ts';
import type { Location } from './data-centers.ts';
import type { Parameters } from './token-service.ts';

/** What a client asks the user for, checked: the user can be sent back to `redirectUri`. */
export interface ConsentRequest {
  readonly client: KnownClient;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  /** Goes back unchanged; undefined when the client sent none. */
  readonly state: string | undefined;
  readonly accessType: 'online' | 'offline';
  readonly prompt: 'consent' | undefined;
}

/** A request, or what is wrong with it, for the user in front of the browser. */
type ReadConsentRequest =
  | { readonly kind: 'valid'; readonly request: ConsentRequest }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Reads the parameters of `/oauth/v2/auth`. The client and its redirect URI are checked first: without them, an error
 * can only be shown to the user.
 */
export function readConsentRequest(
  location: Location,
  parameters: Parameters,
  clients: ClientRegistry,
): ReadConsentRequest {
  const clientId = parameters.get('client_id') ?? '';
  const client = clients.find(location, clientId);
  if (client === undefined)
    return refused(`No client "${clientId}" is registered in this data center (${location}).`);

  const redirectUri = parameters.get('redirect_uri') ?? '';
  if (!isRegistered(client, redirectUri))
    return refused(`The redirect_uri "${redirectUri}" is not registered for this client.`);

  const responseType = parameters.get('response_type');
  if (responseType !== 'code') return refused(`response_type must be "code", was ${quoted(responseType)}.`);

  const scopes = (parameters.get('scope') ?? '').split(',');
  const wrongScope = scopes.find((scope) => !SCOPE_PATTERN.test(scope));
  if (wrongScope !== undefined)
    return refused(
      `scope must be a comma-separated list such as ZohoCRM.modules.ALL; "${wrongScope}" is no scope.`,
    );

  const accessType = parameters.get('access_type') ?? 'online';
  if (accessType !== 'online' && accessType !== 'offline')
    return refused(`access_type must be "online" or "offline", was ${quoted(accessType)}.`);

  const prompt = parameters.get('prompt');
  if (prompt !== undefined && prompt !== 'consent')
    return refused(`prompt must be "consent" or left out, was ${quoted(prompt)}.`);

  const state = parameters.get('state');
  return { kind: 'valid', request: { client, scopes, redirectUri, state, accessType, prompt } };
}

const SCOPE_PATTERN = /^\w+(\.\w+)*$/;
const OWN_HOSTS = ['127.0.0.1', '[::1]', 'localhost'];

function isRegistered({ redirectUris }: KnownClient, redirectUri: string): boolean {
  return redirectUris.length > 0 ? redirectUris.includes(redirectUri) : isOfThisMachine(redirectUri);
}

function isOfThisMachine(redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false;
  const { protocol, hostname, username, password, hash } = new URL(redirectUri);
  return protocol === 'http:' && OWN_HOSTS.includes(hostname) && `${username}${password}${hash}` === '';
}

function refused(reason: string): ReadConsentRequest {
  return { kind: 'refused', reason };
}

function quoted(value: string | undefined): string {
  return value === undefined ? 'missing' : `"${value}"`;
}
