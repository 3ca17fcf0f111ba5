import type { Connection } from '../connection/connection.ts';
import { type DeclaredConnections, declarationOf } from '../connection/declared-connection.ts';
import { firstOf } from '../describe-given.ts';
import type { FailureCode } from '../failures.ts';
import { ENOUGH_WEIGHT, weightOf } from './alarm-weight.ts';
import type { ClientIncident } from './client-incidents.ts';
import { commandsOf, formatNotification, type Notification, type Sender, timeText } from './notification.ts';
import { isClientRefused, severityOf } from './problems.ts';

/** The connections that use a client, and the size of the fleet that they belong to. */
export interface ClientUsers {
  readonly rows: readonly Connection[];
  readonly fleetSize: number;
}

interface About {
  readonly users: ClientUsers;
  readonly declaredConnections: DeclaredConnections;
  readonly sender: Sender;
  readonly nowMs: number;
}

/** How many connections are named. */
const NAMED = 5;

/** The notification about a client that Zoho refuses, or accepts again. `connection` is the one that found out. */
export function composeClientNotification(
  connection: Connection,
  incident: ClientIncident,
  { users, declaredConnections, sender, nowMs }: About,
): Notification {
  const { state, sinceMs, client } = incident;
  const isOver = state === 'ended';
  const { name } = client;
  const { lastFailure } = connection;
  const details = isOver
    ? [`Over since: ${timeText(nowMs)}`]
    : [
        `Reason: ${lastFailure?.message ?? 'not recorded'}`,
        `Fix: ${commandsOf(name, sender)(fixOf(lastFailure?.code))}`,
        `Since: ${timeText(sinceMs)}`,
        `Connections: ${describeUsers(users.rows)}`,
        `Runbook: ${sender.runbookBaseUrl}/ClientRefused.md`,
      ];
  const said = {
    ...{ level: levelOfClient(users, declaredConnections), isOver, name, details, sinceMs, nowMs },
    problem: 'client-refused' as const,
    title: `Zoho client ${name} is ${isOver ? 'accepted again' : 'refused'}`,
    code: isOver ? undefined : lastFailure?.code,
    about: [`Client: ${name}`],
  };
  return { ...formatNotification(said, sender), connection: undefined, client: name };
}

/**
 * A page if a connection that uses the client pages by itself, or if so many that were added at run time use it that they set off the
 * alarms of the fleet. Otherwise a ticket.
 */
function levelOfClient(
  { rows, fleetSize }: ClientUsers,
  declaredConnections: DeclaredConnections,
): Notification['level'] {
  let weight = 0;
  for (const row of rows) {
    const declared = declarationOf(declaredConnections, row.name);
    if (severityOf(row, declared) === 'page') return 'page';
    if (declared === undefined) weight += weightOf(undefined, fleetSize);
  }
  return weight >= ENOUGH_WEIGHT ? 'page' : 'ticket';
}

/** The command that stores what is missing. The message of the failure has its options. */
function fixOf(code: FailureCode | undefined): string {
  return code === 'unknown_client' || code === 'malformed_client' ? 'client add' : 'client rotate';
}

function describeUsers(rows: readonly Connection[]): string {
  const names = rows.filter(isClientRefused).map(({ name }) => name);
  return `${names.length} of ${rows.length} that use the client are blocked: ${firstOf(names.sort(), NAMED).join(', ')}`;
}
