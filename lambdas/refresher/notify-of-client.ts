import type { Connection } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import {
  type ClientIncident,
  type ClientMember,
  type ClientVerdict,
  JUDGED_AFTER_MS,
  judgeClientIncident,
} from '../core/incidents/client-incidents.ts';
import { composeClientNotification } from '../core/incidents/client-notification.ts';
import type { Notification, Sender } from '../core/incidents/notification.ts';
import { severityOf } from '../core/incidents/problems.ts';
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
  const isMuted = (each: Connection) =>
    severityOf(each, declarationOf(declaredConnections, each.name)) === 'none';
  if (isMuted(row)) return 'nothing';
  if (clientUsers === undefined || nowMs < incident.client.changedAtMs + JUDGED_AFTER_MS) return 'wait';
  const found = await clientUsers.of(incident.client.name, deadlines.report);
  const users = { ...found, rows: [...found.rows.filter(({ name }) => name !== row.name), row] };
  const confirmed = async (name: string) => {
    const other = await clientUsers.confirmed(name, deadlines.report);
    return other === undefined || isMuted(other) ? undefined : other;
  };
  const others = users.rows.filter((each) => each !== row && !isMuted(each));
  const action = await judge({ name: row.name, incident }, others, confirmed);
  if (action !== 'publish') return action === 'settle' ? 'nothing' : 'wait';
  return composeClientNotification(row, incident, { users, declaredConnections, sender, nowMs });
}

/** Repeats the judgement with rows as they are now, until it rests on none that comes from the index. */
async function judge(
  own: ClientMember,
  fromIndex: readonly Connection[],
  confirmed: (name: string) => Promise<Connection | undefined>,
): Promise<ClientVerdict['action']> {
  const others = new Map(fromIndex.map((other) => [other.name, other]));
  const asked = new Set<string>();
  for (;;) {
    const verdict = judgeClientIncident(own, [...others.values()]);
    if (verdict.action !== 'settle') return verdict.action;
    const { because } = verdict;
    if (because === undefined || asked.has(because)) return 'settle';
    asked.add(because);
    const other = await confirmed(because);
    if (other === undefined) others.delete(because);
    else others.set(because, other);
  }
}
