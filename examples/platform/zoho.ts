import {
  createZohoClient,
  createZohoInvites,
  type ZohoClient,
  ZohoClientError,
  type ZohoInvite,
  ZohoInvitesError,
} from 'zoho-token-refresher/client';
import type { Tenant, User } from './tenants.ts';

/** The client in Zoho's API console, as `zoho-tokens client add acme-app` has stored it. */
const CLIENT = 'acme-app';
const SCOPES = ['ZohoCRM.modules.leads.READ'];

/** `zoho.grantInvite(fn)` in the stack lets this backend create and complete invites, and sets the address of ConsentApi. */
const invites = createZohoInvites();

/** The connections of tenants who have consented, each with its client, which caches the token. Yours are in a database. */
const clients = new Map<string, ZohoClient>();

/** What the dashboard shows. */
export type Connection =
  | { readonly kind: 'live'; readonly dataCenter: string; readonly leads: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'failing'; readonly reason: string };

/** Starts a consent of the tenant. Returns the address to send the signed-in user to. */
export async function beginConsent({ id: subject, tenant }: User, returnUrl: string): Promise<string> {
  const invite = {
    connection: connectionOf(tenant),
    client: CLIENT,
    scopes: SCOPES,
    mode: 'platform',
    subject,
    returnUrl,
  } as const;
  try {
    return (await invites.create({ ...invite, create: true })).url;
  } catch (error) {
    // The tenant connects another account, or the same one again.
    if (!(error instanceof ZohoInvitesError) || error.code !== 'connection_exists') throw error;
    return (await invites.create(invite)).url;
  }
}

/**
 * Completes a consent for the user who is signed in *now*: if that is another one than the user who began, ConsentApi refuses, and nothing
 * exists at Zoho. Throws `ZohoInvitesError`.
 */
export async function completeConsent(
  { id: subject }: User,
  id: string,
  session: string,
): Promise<ZohoInvite> {
  const invite = await invites.complete(id, { subject, session });
  const { connection } = invite;
  if (invite.status === 'authorized') clients.set(connection, createZohoClient({ connection }));
  return invite;
}

/** Calls Zoho's API with the tenant's token. */
export async function readConnection(tenant: Tenant): Promise<Connection> {
  const zoho = clients.get(connectionOf(tenant));
  if (zoho === undefined) return { kind: 'none' };
  try {
    const { dataCenter } = await zoho.getAccessToken();
    const response = await zoho.fetch('/crm/v8/Leads?fields=Last_Name');
    // Zoho CRM answers 204 if there are no records.
    if (response.status === 204) return { kind: 'live', dataCenter, leads: 0 };
    if (!response.ok) return { kind: 'failing', reason: `Zoho CRM answered ${response.status}.` };
    const { data } = (await response.json()) as { data: unknown[] };
    return { kind: 'live', dataCenter, leads: data.length };
  } catch (error) {
    if (!(error instanceof ZohoClientError)) throw error;
    return { kind: 'failing', reason: error.message };
  }
}

/** Names of connections have letters, digits, `-` and `_`. */
function connectionOf(tenant: Tenant): string {
  return `crm-${tenant.id}`;
}
