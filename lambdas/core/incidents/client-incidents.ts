import type { Connection, Incident, IncidentOfClient } from '../connection/connection.ts';
import { isClientRefused } from './problems.ts';

/**
 * When Zoho refuses a client that connections share, each of them has an incident, and on-call is notified once. Which connection
 * publishes follows from the rows: they are read from an index, so what they say must have had time to arrive there.
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

/**
 * What becomes of a pending incident.
 * - `publish`: on-call is notified because of it
 * - `wait`: another connection has to publish first
 * - `settle`: nothing is to be published. `because`: the row that says so must say so in a strongly consistent read as well
 */
export type ClientVerdict =
  | { readonly action: 'publish' }
  | { readonly action: 'wait' }
  | { readonly action: 'settle'; readonly because: string | undefined };

/** The connection's incident of this client, if it has one. */
export function incidentOfClient(
  { incidents }: Pick<Connection, 'incidents'>,
  client: string,
): ClientIncident | undefined {
  return incidents.find(isOfClient(client));
}

/**
 * The beginning is published by the connection whose incident began first. The others wait until SNS has accepted that. The end is
 * published by the last connection, or by the first by name of those that recovered together.
 */
export function judgeClientIncident(own: ClientMember, others: readonly Connection[]): ClientVerdict {
  const wave = others.flatMap((row) => memberOf(row, own) ?? []);
  return own.incident.state === 'ended' ? judgeEnd(own, wave) : judgeBeginning(own, wave);
}

function judgeBeginning(own: ClientMember, wave: readonly WaveMember[]): ClientVerdict {
  const notified = wave.find(({ incident, isRefused }) => isRefused && incident.state === 'notified');
  if (notified !== undefined) return { action: 'settle', because: notified.name };
  const isEarlier = (other: WaveMember) =>
    other.isRefused && other.incident.state === 'begun' && precedes(other, own);
  return { action: wave.some(isEarlier) ? 'wait' : 'publish' };
}

function judgeEnd(own: ClientMember, wave: readonly WaveMember[]): ClientVerdict {
  const refused = wave.find(({ incident, isRefused }) => isRefused && incident.state !== 'ended');
  if (refused !== undefined) return { action: 'settle', because: refused.name };
  const isOfFirst = !wave.some(({ name, incident }) => incident.state === 'ended' && name < own.name);
  return isOfFirst ? { action: 'publish' } : { action: 'settle', because: undefined };
}

interface WaveMember extends ClientMember {
  /** True if the client is still the reason why the connection is blocked. */
  readonly isRefused: boolean;
}

function memberOf(row: Connection, own: ClientMember): WaveMember | undefined {
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
