import { declarationOf } from '../core/connection/declared-connection.ts';
import { enoughExpiredAtMs, shareOfFleet } from '../core/incidents/alarm-weight.ts';
import type { MetricName } from '../core/metrics.ts';
import { ACCESS_TOKEN_LIFETIME_MS } from '../core/zoho/token-response.ts';
import type { RefreshContext } from './refresh-context.ts';

/** Records when tokens expire, and a heartbeat. */
export async function recordFleet(context: RefreshContext): Promise<void> {
  const { clock, connections, deadlines, fleet, metrics, settings, shard } = context;
  const size = fleet.sizeOfList(clock.now());
  const share = shareOfFleet(size);
  const expiries = await connections.soonestExpiries(share, deadlines.report);
  const enoughAtMs = enoughExpiredAtMs(expiries, {
    size,
    declarationOf: (name) => declarationOf(settings.declaredConnections, name),
  });
  const gauge = (name: MetricName, atMs: number | undefined) =>
    atMs === undefined ? {} : { [name]: Math.max(0, Math.floor((atMs - clock.now()) / 1000)) };
  if (shard !== undefined) metrics.recordShard({ ShardHeartbeat: 1 }, shard);
  metrics.record({
    ...(shard === undefined ? { Heartbeat: 1 } : {}),
    ...gauge('SoonestExpirySeconds', expiries[0]?.expiresAtMs),
    ...gauge('FleetExpirySeconds', enoughAtMs ?? clock.now() + ACCESS_TOKEN_LIFETIME_MS),
  });
}
