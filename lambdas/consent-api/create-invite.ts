import type { Connection } from '../core/connection/connection.ts';
import { incarnationOf, isConnected } from '../core/invites/connection-fit.ts';
import type { CreatedInvite } from '../core/invites/consent-answers.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import type { CreateInviteRequest } from '../core/invites/consent-requests.ts';
import { type Expectation, scopesToRequest } from '../core/invites/expectation.ts';
import { type Invite, isLeasedAt, MOST_GRANTS } from '../core/invites/invite.ts';
import { isoOf, isUsable } from '../core/invites/invite-view.ts';
import { allowedReturnUrl } from '../core/invites/return-url.ts';
import { parseAuthorization } from '../core/secrets/credentials.ts';
import { parseClient } from '../core/secrets/shared-client.ts';
import { type DataCenterLocation, isDataCenterLocation } from '../core/zoho/data-centers.ts';
import { parseScopes } from '../core/zoho/scopes.ts';
import { countGrants } from './count-grants.ts';
import { inProgress, RefusedRequest } from './refuse-caller.ts';
import { decideAgain, report, writeInvite } from './write-invite.ts';

/** `create-invite`: the link is in the answer, and nowhere else. */
export async function createInvite(
  context: ConsentContext,
  request: CreateInviteRequest,
  createdBy: string | undefined,
): Promise<CreatedInvite> {
  const { entropy, clock, settings, deadline } = context;
  const { connection, client: clientName, create = false, mode = 'direct', expect = {} } = request;
  checkMode(request, mode);
  const returnUrl = checkReturnUrl(request.return_url, settings.returnUrls);
  const client = await findClient(context, clientName);
  const row = await context.connections.read(connection, deadline);
  if (create) requireNew(connection, isConnected(row) || row?.follows !== undefined);
  else if (row === undefined) throw unknownConnection(connection);
  else if (!isConnected(row)) throw notConnected(connection);
  const known = create ? NOTHING_KNOWN : await findKnown(context, connection, row);
  const scopes = request.scopes ?? requireScopes(connection, known.scopes);
  const expectation: Expectation = {
    email: expect.email,
    emailDomain: expect.email_domain,
    orgId: expect.org_id,
    dataCenter: request.data_center ?? known.dataCenter,
  };
  const identifies = request.identify === true || mode === 'confirm';
  const nowMs = clock.now();
  const seconds = request.expires_in_seconds ?? settings.inviteHours * 3600;
  const key = request.idempotency_key;
  const secret = entropy.secret();
  const invite: Invite = {
    id:
      key === undefined ? entropy.id() : entropy.hash(`invite ${settings.secretPrefix} ${key}`).slice(0, 22),
    version: 1,
    written: entropy.id(),
    secretHash: entropy.hash(secret),
    connection,
    client: clientName,
    clientId: client.clientId,
    clientDataCenter: client.dataCenter,
    scopes: scopesToRequest(scopes, { identifies, expect: expectation }),
    mode,
    subject: request.subject,
    returnUrl,
    expect: expectation,
    label: request.label,
    createdBy,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + seconds * 1000,
    creates: create ? { scopes } : undefined,
    incarnation: create ? undefined : incarnationOf(row),
    parametersHash: key === undefined ? undefined : entropy.hash(parametersOf(request)),
    begunMs: [],
    stage: { kind: 'open' },
    lost: [],
    sweepAtMs: nowMs + seconds * 1000,
  };
  const grants = await countGrants(context, invite);
  if (grants !== undefined && grants >= MOST_GRANTS) throw tooManyGrants(invite, grants);
  const stored = (await context.invites.create(invite, deadline)) ? invite : await repeat(context, invite);
  if (stored === invite) await report(context, invite, { state: 'invited' });
  return {
    id: stored.id,
    url: `${settings.baseUrl}/i/${stored.id}.${secret}`,
    expires_at: isoOf(stored.expiresAtMs),
    status: 'open',
    ...{ connection, client: clientName, mode },
    ...(grants === undefined ? {} : { grants_of_user: grants }),
  };
}

function tooManyGrants({ client }: Invite, grants: number): RefusedRequest {
  return new RefusedRequest(
    'too_many_grants',
    `The invited user has ${grants} refresh tokens of the client ${client}. Zoho keeps ${MOST_GRANTS} per user and client, and would end the oldest, so that another connection stops.`,
    'Invite with another client, or revoke a connection of this user that is not needed: zoho-tokens revoke NAME',
  );
}

/** The same request again: its answer may have been lost, and the link is not stored. The new link replaces the earlier one. */
async function repeat(context: ConsentContext, { id, parametersHash, secretHash }: Invite): Promise<Invite> {
  return await decideAgain(async () => {
    const existing = await context.invites.read(id, context.deadline);
    if (existing?.parametersHash !== parametersHash)
      throw new RefusedRequest(
        'idempotency_conflict',
        'This idempotency key was used with other parameters.',
        'Use another key for another invite.',
      );
    const nowMs = context.clock.now();
    if (existing === undefined || isLeasedAt(existing, nowMs)) throw inProgress();
    if (!isUsable(existing, nowMs))
      throw new RefusedRequest(
        'not_open',
        'The invite of this idempotency key is no longer open.',
        'Read it (get-invite), and use another key for another invite.',
      );
    return await writeInvite(context, { ...existing, secretHash });
  });
}

/** In the order of the schema. Who calls does not count: the session of a role has a name of its own. */
function parametersOf({
  idempotency_key: _key,
  principal: _principal,
  ...parameters
}: CreateInviteRequest): string {
  return JSON.stringify(parameters);
}

function checkMode(request: CreateInviteRequest, mode: string): void {
  const { subject, return_url: returnUrl } = request;
  const isComplete = subject !== undefined && returnUrl !== undefined;
  if (mode === 'platform' && !isComplete)
    throw invalid(
      'mode "platform" needs subject and return_url.',
      'Give the id of your signed-in user, and the page to return to.',
    );
  if (mode !== 'platform' && returnUrl !== undefined)
    throw invalid('return_url is only for mode "platform".', 'Leave it out, or set mode to "platform".');
}

function checkReturnUrl(given: string | undefined, prefixes: readonly string[]): string | undefined {
  if (given === undefined) return undefined;
  const allowed = allowedReturnUrl(given, prefixes);
  if (allowed !== undefined) return allowed;
  throw new RefusedRequest(
    'return_url_not_allowed',
    `return_url is not below one of the configured prefixes (${prefixes.join(', ') || 'there are none'}).`,
    'Add its prefix to consent.returnUrls in the configuration of the stack, and deploy.',
  );
}

async function findClient({ clients, deadline }: ConsentContext, name: string) {
  const stored = await clients.read(name, deadline);
  const parsed = stored && parseClient(name, stored.current.text);
  if (parsed?.ok === true) return parsed.client;
  throw new RefusedRequest(
    'unknown_client',
    parsed?.failure.message ?? `There is no client ${name}.`,
    `Add it: zoho-tokens client add ${name}`,
  );
}

function requireNew(connection: string, exists: boolean): void {
  if (!exists) return;
  throw new RefusedRequest(
    'connection_exists',
    `The connection ${connection} exists.`,
    'Leave out create to authorize it anew, or choose another name.',
  );
}

function unknownConnection(connection: string): RefusedRequest {
  return new RefusedRequest(
    'unknown_connection',
    `There is no connection ${connection}.`,
    'Check the name, or set create to true.',
  );
}

function notConnected(connection: string): RefusedRequest {
  return new RefusedRequest(
    'not_connected',
    `The connection ${connection} is disconnected, no longer declared, or refreshed by another deployment.`,
    `Connect it again first (zoho-tokens connect ${connection}), or set create to true.`,
  );
}

/** What a consent is compared with. */
interface Known {
  readonly scopes: readonly string[];
  readonly dataCenter: DataCenterLocation | undefined;
}

const NOTHING_KNOWN: Known = { scopes: [], dataCenter: undefined };

/** The scopes of a connection: of its tags, of its credentials, or as they were granted last. Its data center: of its credentials first. */
async function findKnown(
  { secrets, deadline }: ConsentContext,
  connection: string,
  row: Connection | undefined,
): Promise<Known> {
  const spec = await secrets.readSpec(connection, deadline);
  const current = await secrets.readCredentials(connection, deadline);
  const parsed = current.kind === 'found' ? parseAuthorization(current.text) : undefined;
  const stored = parsed?.ok === true ? parsed.authorization : undefined;
  return {
    scopes: spec.scopes.length > 0 ? spec.scopes : parseScopes(stored?.scope ?? row?.scope ?? ''),
    dataCenter: [stored?.dataCenter, spec.dataCenter, row?.dataCenter].find(isDataCenterLocation),
  };
}

function requireScopes(connection: string, scopes: readonly string[]): readonly string[] {
  if (scopes.length > 0) return scopes;
  throw invalid(
    `The scopes of ${connection} are not known.`,
    'Give scopes, e.g. "scopes":["ZohoCRM.modules.ALL"].',
  );
}

function invalid(message: string, nextStep: string): RefusedRequest {
  return new RefusedRequest('invalid_request', message, nextStep);
}
