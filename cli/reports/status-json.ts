import type { CallCount } from '../cloudwatch/unauthorized-rates.ts';
import { type FleetStatus, unseenOf } from './fleet-status.ts';

/** The output of `status --json`. Times are ISO 8601, durations are in seconds; null where a value is missing or unreadable. */
export function toStatusJson(fleet: FleetStatus) {
  const { deployment, atMs, rates, alarms } = fleet;
  const isoIn = (ms: number | undefined) => (ms === undefined ? null : new Date(atMs + ms).toISOString());
  // By name, as in earlier versions. Problems come first only in the text.
  const connections = fleet.connections.toSorted((one, other) => one.name.localeCompare(other.name, 'en'));
  const { soonestExpiry } = fleet.summary;
  const seconds = (ms: number | undefined) => (ms === undefined ? null : Math.round(ms / 1000));
  return {
    deployment: deployment.secretPrefix,
    stack: deployment.stackName,
    version: deployment.version,
    account: deployment.account,
    region: deployment.region,
    at: new Date(atMs).toISOString(),
    summary: {
      connections: fleet.summary.connections,
      states: fleet.summary.states,
      soonest_expiry:
        soonestExpiry === undefined
          ? null
          : { connection: soonestExpiry.name, left_seconds: seconds(soonestExpiry.leftMs) },
    },
    connections: connections.map((connection) => ({
      connection: connection.name,
      status: connection.status,
      health: connection.health,
      data_center: connection.dataCenter ?? null,
      source: connection.source ?? null,
      store: connection.store ?? null,
      ...(deployment.fleet && { shard: connection.shard ?? null }),
      generation: connection.generation ?? null,
      token_age_seconds: seconds(connection.tokenAgeMs),
      token_expires_at: isoIn(connection.tokenLeftMs),
      token_left_seconds: seconds(connection.tokenLeftMs),
      next_attempt_at: isoIn(connection.nextAttemptInMs),
      refreshing: connection.isRefreshing,
      mints_in_window: connection.mints ?? null,
      publishes_in_day: connection.publishes ?? null,
      blocked_since: isoIn(connection.blockedForMs === undefined ? undefined : -connection.blockedForMs),
      parked: connection.isParked,
      rejecting_fresh_tokens: connection.isRejected,
      last_failure: connection.failure
        ? {
            code: connection.failure.code,
            message: connection.failure.message,
            at: isoIn(-connection.failure.agoMs),
          }
        : null,
      unauthorized: rates.kind === 'read' ? callsJson(rates.value.connections.get(connection.name)) : null,
    })),
    fleet: { unauthorized: rates.kind === 'read' ? callsJson(rates.value.fleet) : null },
    alarms:
      alarms.kind === 'read'
        ? alarms.value.map(({ name, sinceMs, reason }) => ({
            name,
            since: sinceMs === undefined ? null : new Date(sinceMs).toISOString(),
            reason,
          }))
        : null,
    unseen: unseenOf(fleet),
  };
}

function callsJson(count: CallCount | undefined) {
  if (count === undefined) return null;
  return {
    calls_last_hour: count.calls,
    rejected_last_hour: count.unauthorized,
    rate: count.unauthorized / count.calls,
  };
}
