import type { Connection } from '../core/connection/connection.ts';
import { isDisabledByOperator } from '../core/connection/operator-transitions.ts';
import type { AuthorizedBy } from '../core/consent/authorized-by.ts';
import { InfrastructureError } from '../core/failures.ts';
import { isConnected } from '../core/invites/connection-fit.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import { type ConsentRecord, type Invite, MANY_GRANTS } from '../core/invites/invite.ts';

type Grant = Pick<ConsentRecord, 'connection' | 'inviteId'>;

/**
 * The connections that a user has authorized with a client, oldest first, as far as invites know: without those that were disconnected,
 * revoked or refused since, and without what `authorize`, another deployment or another program got.
 */
export async function grantsOf(context: ConsentContext, grantor: string): Promise<readonly Grant[]> {
  const grants = await context.invites.authorizedBy(grantor, context.deadline);
  if (grants.length < MANY_GRANTS) return grants;
  const inUse = await Promise.all(grants.map(({ connection }) => isInUse(context, connection)));
  return grants.filter((_, at) => inUse[at]);
}

/** `client_id#data center#zuid`; undefined if Zoho did not say who consented. */
export function grantorOf(
  { clientId }: Pick<Invite, 'clientId'>,
  dataCenter: string,
  by: AuthorizedBy | undefined,
): string | undefined {
  return by?.zuid === undefined ? undefined : `${clientId}#${dataCenter}#${by.zuid}`;
}

/** What an invite knows a person by, hashed for its client. */
export function personsOf(
  { entropy }: Pick<ConsentContext, 'entropy'>,
  { clientId, subject }: Pick<Invite, 'clientId' | 'subject'>,
  email: string | undefined,
): readonly string[] {
  const known = [
    ...(subject === undefined ? [] : [`subject ${subject}`]),
    ...(email === undefined ? [] : [`email ${email.toLowerCase()}`]),
  ];
  return known.map((person) => entropy.hash(`person ${clientId} ${person}`));
}

/** How many refresh tokens the invited person has of the client; undefined if the person has not consented before. */
export async function countGrants(
  context: ConsentContext,
  invite: Pick<Invite, 'clientId' | 'subject' | 'expect'>,
): Promise<number | undefined> {
  for (const person of personsOf(context, invite, invite.expect.email)) {
    const grantor = await context.invites.grantorOf(person, context.deadline);
    if (grantor !== undefined) return (await grantsOf(context, grantor)).length;
  }
  return undefined;
}

async function isInUse({ connections, deadline }: ConsentContext, name: string): Promise<boolean> {
  let row: Connection | undefined;
  try {
    row = await connections.read(name, deadline);
  } catch (error) {
    // A row that cannot be read may be of a connection that works.
    if (error instanceof InfrastructureError && error.code === 'malformed_row') return true;
    throw error;
  }
  // Zoho has refused the refresh token of a blocked one.
  return isConnected(row) && row?.status !== 'blocked' && !(row && isDisabledByOperator(row, 'revoked'));
}
