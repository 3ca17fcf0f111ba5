import type { Connection } from '../connection/connection.ts';
import type { FailureCode } from '../failures.ts';
import type { ClientIncident } from './client-incidents.ts';
import { type ClientUsersSummary, describeUsers, levelOfClient } from './client-users.ts';
import { commandsOf, formatNotification, type Notification, type Sender, timeText } from './notification.ts';

interface About {
  readonly users: ClientUsersSummary;
  readonly sender: Sender;
  readonly nowMs: number;
}

/** The notification about a client that Zoho refuses, or accepts again. `connection` is the one that found out. */
export function composeClientNotification(
  connection: Connection,
  incident: ClientIncident,
  { users, sender, nowMs }: About,
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
        `Connections: ${describeUsers(users)}`,
        `Runbook: ${sender.runbookBaseUrl}/ClientRefused.md`,
      ];
  const said = {
    ...{ level: levelOfClient(users), isOver, name, details, sinceMs, nowMs },
    problem: 'client-refused' as const,
    title: `Zoho client ${name} is ${isOver ? 'accepted again' : 'refused'}`,
    code: isOver ? undefined : lastFailure?.code,
    about: [`Client: ${name}`],
  };
  return { ...formatNotification(said, sender), connection: undefined, client: name };
}

/** The command that stores what is missing. The message of the failure has its options. */
function fixOf(code: FailureCode | undefined): string {
  return code === 'unknown_client' || code === 'malformed_client' ? 'client add' : 'client rotate';
}
