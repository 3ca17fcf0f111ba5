import type { Connection, Incident, Problem } from '../connection/connection.ts';
import { isClientRefused, problemsOf, severityOf, type WrittenConnection } from './problems.ts';

/**
 * On-call is notified of each problem once when it begins and once when it is over. What is to be published is written to the row
 * together with the change, and stays there until it is published: so it is published at least once, after the change was
 * written.
 */

/** How long a problem lasts before it is notified. The others are notified at once. */
const NOTIFIED_AFTER_MS: Readonly<Partial<Record<Problem, number>>> = {
  'never-authorized': 24 * 3600_000,
};

/**
 * The attempt that wrote the row publishes at once. If it cannot, or dies, a tick does so: after this time, so that it does not
 * publish the same at the same moment.
 */
export const PUBLISHED_AGAIN_AFTER_MS = 15_000;

/**
 * The row that is written instead of `after`, with its incidents. A row with a lease says nothing new, and no one is notified
 * about a disabled connection: its incidents wait until it is enabled.
 */
export function withIncidents(written: WrittenConnection, nowMs: number): Connection {
  const { after, declared } = written;
  if (after.lease !== undefined) return after;
  if (after.status === 'disabled') return { ...after, notifyAtMs: undefined };
  const isMuted = severityOf(after, declared) === 'none';
  const incidents = isMuted ? [] : nextIncidents(written, problemsOf(written, nowMs), nowMs);
  const notifyAtMs = incidents.some(isPending) ? nowMs + PUBLISHED_AGAIN_AFTER_MS : undefined;
  return { ...after, incidents, notifyAtMs };
}

/** True if a notification about the incident has to be published. */
export function isPending({ state }: Incident): boolean {
  return state === 'begun' || state === 'ended';
}

/** The row once notifications about these incidents are published. */
export function withPublished(connection: Connection, published: readonly Incident[]): Connection {
  const incidents = connection.incidents.flatMap((incident): Incident[] => {
    if (!published.includes(incident)) return [incident];
    return incident.state === 'ended' ? [] : [{ ...incident, state: 'notified' }];
  });
  return {
    ...connection,
    incidents,
    notifyAtMs: incidents.some(isPending) ? connection.notifyAtMs : undefined,
  };
}

function nextIncidents(
  { before, after }: WrittenConnection,
  problems: readonly Problem[],
  nowMs: number,
): readonly Incident[] {
  const known = before.incidents.flatMap((incident) =>
    problems.includes(incident.problem) && !isOfAnotherClient(incident, after)
      ? lasting(incident, nowMs)
      : over(incident, nowMs),
  );
  const begun = problems
    .filter((problem) => !before.incidents.some((incident) => incident.problem === problem))
    .map((problem): Incident => lasting(begin(problem, after, nowMs), nowMs));
  return [...known, ...begun];
}

function begin(problem: Problem, { client }: Connection, sinceMs: number): Incident {
  const isOfClient = problem === 'client-refused' && client !== undefined;
  const begun = { problem, sinceMs, state: 'waiting' } as const;
  return isOfClient ? { ...begun, client: { name: client, changedAtMs: sinceMs } } : begun;
}

/** A connection that was moved from a refused client to another one that is refused begins another incident. */
function isOfAnotherClient({ client }: Incident, after: Connection): boolean {
  return client !== undefined && isClientRefused(after) && client.name !== after.client;
}

/** A problem that is back before the notification about its end was published is the same incident. */
function lasting(incident: Incident, nowMs: number): Incident {
  if (incident.state === 'ended') return { ...incident, state: 'notified' };
  const isDue = nowMs >= incident.sinceMs + (NOTIFIED_AFTER_MS[incident.problem] ?? 0);
  return incident.state === 'waiting' && isDue ? { ...incident, state: 'begun' } : incident;
}

/** No one is notified about the end of a problem that no one was notified about. */
function over(incident: Incident, nowMs: number): Incident[] {
  const { state, client } = incident;
  const wasNotified = state === 'notified' || state === 'ended';
  if (wasNotified && client !== undefined && state !== 'ended')
    return [{ ...incident, state: 'ended', client: { ...client, changedAtMs: nowMs } }];
  return wasNotified ? [{ ...incident, state: 'ended' }] : [];
}
