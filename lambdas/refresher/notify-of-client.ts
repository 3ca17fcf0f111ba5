import type { Connection } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import {
  type ClientIncident,
  type ClientMember,
  isPrecededBy,
  isSettledBy,
  JUDGED_AFTER_MS,
} from '../core/incidents/client-incidents.ts';
import { composeClientNotification } from '../core/incidents/client-notification.ts';
import { type ClientUser, type ClientUsersSummary, withUsers } from '../core/incidents/client-users.ts';
import type { Notification, Sender } from '../core/incidents/notification.ts';
import { severityOf } from '../core/incidents/problems.ts';
import type { KnownUsers } from './client-users.ts';
import type { RefreshContext } from './refresh-context.ts';

/**
 * What is to be published about the client of a pending incident: a notification, nothing, or nothing yet. Only ticks decide it, because
 * it costs a query of the work list. Throws `InfrastructureError`.
 */
export async function judgeForClient(
  { clientUsers, clock, deadlines, settings }: RefreshContext,
  row: Connection,
  { incident, sender }: { readonly incident: ClientIncident; readonly sender: Sender },
): Promise<Notification | 'nothing' | 'wait'> {
  const nowMs = clock.now();
  const { declaredConnections } = settings;
  const isMuted = (each: ClientUser) =>
    severityOf(each, declarationOf(declaredConnections, each.name)) === 'none';
  if (isMuted(row)) return 'nothing';
  if (clientUsers === undefined || nowMs < incident.client.changedAtMs + JUDGED_AFTER_MS) return 'wait';
  const known = clientUsers.of(incident.client.name, deadlines.report);
  const confirmed = (name: string) => clientUsers.confirmed(name, deadlines.report);
  const verdict = await judge({ name: row.name, incident }, { known, confirmed, isMuted });
  if (verdict !== 'publish') return verdict;
  const isListed = known.members.some(({ name }) => name === row.name);
  const own = { users: [row], scanned: 1 };
  const users: ClientUsersSummary = isListed
    ? known.summary
    : withUsers(known.summary, own, declaredConnections);
  return composeClientNotification(row, incident, { users, sender, nowMs });
}

interface Others {
  readonly known: KnownUsers;
  readonly confirmed: (name: string) => Promise<Connection | undefined>;
  readonly isMuted: (user: ClientUser) => boolean;
}

/**
 * Reads no further than the first row by which it is settled, or that comes first. The one that settles it is read again: it comes from
 * an index. The one that comes first is judged itself, by a tick that reads on.
 */
async function judge(
  own: ClientMember,
  { known, confirmed, isMuted }: Others,
): Promise<'publish' | 'nothing' | 'wait'> {
  let judged = 0;
  for (;;) {
    for (; judged < known.members.length; judged += 1) {
      const listed = known.members[judged];
      if (listed === undefined || isMuted(listed)) continue;
      const other = isSettledBy(own, listed) ? await confirmed(listed.name) : listed;
      if (other === undefined || isMuted(other)) continue;
      if (isSettledBy(own, other)) return 'nothing';
      if (isPrecededBy(own, other)) return own.incident.state === 'ended' ? 'nothing' : 'wait';
    }
    if (!(await known.readMore())) return 'publish';
  }
}
