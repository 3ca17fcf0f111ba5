import type { Connection, Incident, IncidentOfClient } from '../connection/connection.ts';
import type { ClientUser } from './client-users.ts';
import { isClientRefused } from './problems.ts';

/**
 * When Zoho refuses a client that connections share, each of them has an incident, and on-call is notified once. Which connection
 * publishes follows from the rows: they are read from an index, so what they say must have had time to arrive there.
 *
 * The beginning is published by the connection whose incident began first: the others wait until SNS has accepted that, and say nothing
 * once it has. The end is published by the last connection, or by the first by name of those that recovered together.
 */

/** How long the incident of a row is pending before it is judged: any other row has arrived in the index by then. */
export const JUDGED_AFTER_MS = 15_000;

/**
 * Incidents that began so close to each other are one: each connection asks Zoho once an hour, and may wait after an outage. A
 * connection that is left behind hides no later incident.
 */
const SAME_WAVE_MS = 3 * 3600_000;

/** An incident of the problem `client-refused`. */
export interface ClientIncident extends Incident {
  readonly client: IncidentOfClient;
}

/** One connection and its incident. */
export interface ClientMember {
  readonly name: string;
  readonly incident: ClientIncident;
}

/** The connection's incident of this client, if it has one. */
export function incidentOfClient(
  { incidents }: Pick<Connection, 'incidents'>,
  client: string,
): ClientIncident | undefined {
  return incidents.find(isOfClient(client));
}

/** Whether another connection is the reason why nothing is to be published about an incident. */
export function isSettledBy(own: ClientMember, other: ClientUser): boolean {
  const member = memberOf(other, own);
  if (member === undefined || !member.isRefused) return false;
  return own.incident.state === 'ended'
    ? member.incident.state !== 'ended'
    : member.incident.state === 'notified';
}

/** Whether another connection has to publish what both could. */
export function isPrecededBy(own: ClientMember, other: ClientUser): boolean {
  const member = memberOf(other, own);
  if (member === undefined) return false;
  if (own.incident.state === 'ended') return member.incident.state === 'ended' && member.name < own.name;
  return member.isRefused && member.incident.state === 'begun' && precedes(member, own);
}

interface WaveMember extends ClientMember {
  /** True if the client is still the reason why the connection is blocked. */
  readonly isRefused: boolean;
}

function memberOf(row: ClientUser, own: ClientMember): WaveMember | undefined {
  const incident = incidentOfClient(row, own.incident.client.name);
  if (incident === undefined || row.name === own.name) return undefined;
  const isSameWave = Math.abs(incident.sinceMs - own.incident.sinceMs) <= SAME_WAVE_MS;
  return isSameWave ? { name: row.name, incident, isRefused: isClientRefused(row) } : undefined;
}

function isOfClient(client: string) {
  return (incident: Incident): incident is ClientIncident =>
    incident.problem === 'client-refused' && incident.client?.name === client;
}

function precedes(one: ClientMember, other: ClientMember): boolean {
  const apartMs = one.incident.sinceMs - other.incident.sinceMs;
  return apartMs === 0 ? one.name < other.name : apartMs < 0;
}
