import { type Connection, registerConnection } from '../core/connection/connection.ts';
import { isLeased } from '../core/connection/lease.ts';
import {
  enableConnection,
  isDisabledByOperator,
  reconnect,
} from '../core/connection/operator-transitions.ts';
import { intendedPartition } from '../core/connection/partition.ts';
import type { SecretStoreName } from '../core/connection/secret-store.ts';
import { UNKNOWN_PERSON } from '../core/consent/authorized-by.ts';
import { composeCredentials, type Grant } from '../core/consent/grant.ts';
import { fitsConnection, isConnected } from '../core/invites/connection-fit.ts';
import type { ConsentContext, CurrentCredentials } from '../core/invites/consent-ports.ts';
import { type HeldGrant, type Invite, MANY_GRANTS, MOST_GRANTS, type Stage } from '../core/invites/invite.ts';
import { finish, holdOldToken } from '../core/invites/invite-transitions.ts';
import { parseJsonObject } from '../core/json.ts';
import type { Redacted } from '../core/redacted.ts';
import { parseAuthorization } from '../core/secrets/credentials.ts';
import { replacesVersion } from '../core/secrets/rotated-credentials.ts';
import { grantorOf, grantsOf, personsOf } from './count-grants.ts';
import { formatOldToken, parseTokens } from './grant-tokens.ts';
import { report, writeInvite } from './write-invite.ts';

type Storing = Invite & { readonly stage: Extract<Stage, { kind: 'storing' }> };

type StoreResult =
  | { readonly kind: 'stored'; readonly invite: Invite }
  | {
      readonly kind: 'refused';
      readonly invite: Invite;
      readonly reason: 'connection_removed' | 'superseded';
    };

/** Other writers win the compare-and-swap this often before the sweep continues. */
const MOST_TRIES = 3;

/** Stores a grant as the credentials of the connection, and records who gave it. Each part can be repeated. */
export async function storeGrant(context: ConsentContext, given: Storing): Promise<StoreResult> {
  const { connections, secrets, deadline } = context;
  let invite = given;
  const tokens = parseTokens(
    await context.sealer.open('grant', invite.id, invite.stage.grant.sealed, deadline),
  );
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const current = await secrets.readCredentials(invite.connection, deadline);
    const ours = ownVersion(current, invite, tokens.refreshToken);
    if (ours !== undefined) return await conclude(context, invite, ours);
    const row = await connections.read(invite.connection, deadline);
    if (!fitsConnection(invite, row)) return { kind: 'refused', invite, reason: 'connection_removed' };
    const seen = current.kind === 'found' ? current.versionId : undefined;
    const { fromVersionId } = invite.stage.grant;
    if (seen !== fromVersionId && !isRotationOf(current, fromVersionId))
      return { kind: 'refused', invite, reason: 'superseded' };
    invite = await holdOld(context, invite, current, tokens.refreshToken);
    if (!(await createMissing(context, invite, row)))
      return { kind: 'refused', invite, reason: 'connection_removed' };
    const text = composeCredentials(
      grantOf(invite, tokens.refreshToken),
      current.kind === 'found' ? current.text : undefined,
    );
    const write = await secrets.storeCredentials(invite.connection, { text, fromVersionId: seen }, deadline);
    if (write.kind === 'stored') return await conclude(context, invite, write.versionId);
  }
  return { kind: 'refused', invite, reason: 'superseded' };
}

/** True if the grant is the current credentials of its connection. */
export async function isStored(context: ConsentContext, invite: Invite, grant: HeldGrant): Promise<boolean> {
  const current = await context.secrets.readCredentials(invite.connection, context.deadline);
  if (current.kind === 'none') return false;
  const { refreshToken } = parseTokens(
    await context.sealer.open('grant', invite.id, grant.sealed, context.deadline),
  );
  return ownVersion(current, invite, refreshToken) !== undefined;
}

/** The version of the credentials, if they are those of the invite. */
function ownVersion(current: CurrentCredentials, invite: Invite, refreshToken: Redacted): string | undefined {
  if (current.kind === 'none') return undefined;
  const json = parseJsonObject(current.text.reveal());
  const isOurs = json?.invite_id === invite.id && json.refresh_token === refreshToken.reveal();
  return isOurs ? current.versionId : undefined;
}

/** The refresher stores a refresh token that Zoho has rotated. It belongs to the authorization that is replaced. */
function isRotationOf(current: CurrentCredentials, fromVersionId: string | undefined): boolean {
  return (
    fromVersionId !== undefined && current.kind === 'found' && replacesVersion(current.text, fromVersionId)
  );
}

function grantOf(invite: Storing, refreshToken: Redacted): Grant {
  const { dataCenter, scope, grantedAtMs, consentedBy } = invite.stage.grant;
  return {
    client: { clientId: invite.clientId, clientSecret: refreshToken, client: invite.client },
    ...{ refreshToken, dataCenter, scope, clientType: undefined, authorizedAtMs: grantedAtMs },
    authorizedBy: { ...(consentedBy ?? UNKNOWN_PERSON), awsPrincipal: undefined },
    invite: { id: invite.id, by: invite.createdBy },
  };
}

/** The row keeps the refresh token that is replaced, until it is revoked. */
async function holdOld(
  context: ConsentContext,
  invite: Storing,
  current: CurrentCredentials,
  refreshToken: Redacted,
): Promise<Storing> {
  if (
    current.kind === 'none' ||
    (invite.stage.old !== undefined && invite.stage.grant.fromVersionId === current.versionId)
  )
    return invite;
  const parsed = parseAuthorization(current.text);
  if (!parsed.ok || parsed.authorization.refreshToken.reveal() === refreshToken.reveal()) return invite;
  const { dataCenter, refreshToken: oldToken } = parsed.authorization;
  const sealed = await context.sealer.seal('grant', invite.id, formatOldToken(oldToken), context.deadline);
  const next = holdOldToken(invite, { state: 'held', sealed, dataCenter }, current.versionId);
  return (await writeInvite(context, next)) as Storing;
}

/** Creates the connection that the invite is about. False if someone else has made another one of it. */
async function createMissing(
  { connections, secrets, clock, deadline, settings }: ConsentContext,
  invite: Storing,
  row: Connection | undefined,
): Promise<boolean> {
  const { connection, creates } = invite;
  if (creates === undefined) return true;
  const { dataCenter } = invite.stage.grant;
  await secrets.prepareToken(connection, { dataCenter, scopes: creates.scopes }, deadline);
  if (isConnected(row)) return true;
  const nowMs = clock.now();
  const place = placeOf(connection, row, settings.connectedStore);
  const intent = place.store === undefined ? {} : { intent: { dataCenter, scopes: creates.scopes } };
  if (row === undefined) {
    const created = { ...registerConnection(connection, 'connected', nowMs), ...place, ...intent };
    await connections.create(created, deadline);
  } else {
    const next = { ...reconnect(row, 'connected', nowMs), ...place, ...intent };
    await connections.replaceIfFree(row, next, nowMs, deadline);
  }
  const written = await connections.read(connection, deadline);
  return isConnected(written) && fitsConnection(invite, written);
}

/** A connection that was disconnected keeps its store. */
function placeOf(
  name: string,
  row: Connection | undefined,
  connectedStore: SecretStoreName | undefined,
): Pick<Connection, 'store' | 'partition'> {
  const store = row === undefined ? connectedStore : row.store;
  const partition = intendedPartition({ name, source: 'connected' }, connectedStore !== undefined);
  return {
    ...(store === 'dynamodb' ? { store } : {}),
    ...(partition === undefined ? {} : { partition }),
  };
}

/** The credentials are stored. What is left can be repeated. */
async function conclude(context: ConsentContext, invite: Storing, versionId: string): Promise<StoreResult> {
  const { invites, clock, deadline } = context;
  const { connection } = invite;
  const { dataCenter, consentedBy, grantedAtMs } = invite.stage.grant;
  await enableRevoked(context, connection);
  const grantor = grantorOf(invite, dataCenter, consentedBy);
  const grants = grantor === undefined ? [] : await grantsOf(context, grantor);
  // A refresh token that is replaced still exists: it is revoked once the new one is live.
  const earlier = grants.filter(({ inviteId }) => inviteId !== invite.id);
  const mayHaveEnded = earlier
    .slice(0, Math.max(0, earlier.length + 1 - MOST_GRANTS))
    .map((grant) => grant.connection)
    .filter((other) => other !== connection);
  const persons = personsOf(context, invite, consentedBy?.email);
  await invites.recordConsent(
    { connection, inviteId: invite.id, grantor, persons, authorizedAtMs: grantedAtMs },
    deadline,
  );
  const finished = await writeInvite(context, finish(invite, { versionId, mayHaveEnded }, clock.now()));
  if (earlier.length + 1 >= MANY_GRANTS)
    context.log.warn('a user has many refresh tokens of this client', {
      connection,
      others: earlier.length,
    });
  await report(context, finished, { state: 'authorized', dataCenter, by: consentedBy });
  return { kind: 'stored', invite: finished };
}

/** A connection whose authorization was revoked waits for credentials. A paused one stays paused. */
async function enableRevoked({ connections, clock, deadline }: ConsentContext, name: string): Promise<void> {
  const row = await connections.read(name, deadline);
  const nowMs = clock.now();
  if (row === undefined || !isDisabledByOperator(row, 'revoked') || isLeased(row, nowMs)) return;
  await connections.replaceIfFree(row, enableConnection(row, nowMs), nowMs, deadline);
}
