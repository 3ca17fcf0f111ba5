import pMap from 'p-map';
import type { Connection } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import { isParked } from '../core/connection/parking.ts';
import { describeBug } from '../core/describe-bug.ts';
import { malformedRow, policyOf } from '../core/failures.ts';
import { enoughExpiredAtMs, shareOfFleet } from '../core/incidents/alarm-weight.ts';
import type { MetricName } from '../core/metrics.ts';
import type { MalformedRow } from '../core/ports.ts';
import { INTERNAL_ERROR } from '../core/refresh/refresh-failures.ts';
import type { RefreshDueResponse } from '../core/refresh/refresher-events.ts';
import { ACCESS_TOKEN_LIFETIME_MS } from '../core/zoho/token-response.ts';
import { dueRows } from './due-rows.ts';
import { publishNotifications } from './publish-notifications.ts';
import { refreshConnection } from './refresh-connection.ts';
import type { RefreshContext } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';
import { reportAborted } from './report-attempt.ts';
import { TickPlanner } from './tick-planner.ts';

export interface TickLimits {
  /** Concurrent refreshes. */
  readonly maxInFlight: number;
  /** Resolves when one more may start: keeps the fleet below Secrets Manager's write rate. */
  readonly pace: () => Promise<void>;
  /** False if too little time is left to start another. What is not started stays due. */
  readonly hasTimeForOneMore: () => boolean;
  /**
   * Whether rows with impossible times are looked for as well.
   *
   * @default false
   */
  readonly looksAhead?: boolean;
}

/**
 * One tick: refreshes everything that is due, then records the gauges of the fleet and a heartbeat. If the list of due
 * connections fails, the refreshes that were started end before the error is thrown.
 */
export async function refreshDue(context: RefreshContext, limits: TickLimits): Promise<RefreshDueResponse> {
  const tally = { refreshed: 0, failed: 0, skipped: 0 };
  let planner: TickPlanner | undefined;
  const due = new InterruptibleList(dueRows(context, limits));
  await pMap(
    due.until(() => !limits.hasTimeForOneMore()),
    async (row) => {
      // With the time that the answer with the first row has corrected.
      planner ??= new TickPlanner(context);
      tally[await refreshRow({ ...context, planRenewal: planner.plan }, limits, planner, row)] += 1;
    },
    { concurrency: limits.maxInFlight },
  );
  if (due.interruption !== undefined) throw due.interruption;
  await recordFleet(context);
  return { due: tally.refreshed + tally.failed + tally.skipped, ...tally };
}

type Tally = 'refreshed' | 'failed' | 'skipped';

async function refreshRow(
  context: RefreshContext,
  limits: TickLimits,
  planner: TickPlanner,
  row: Connection | MalformedRow,
): Promise<Tally> {
  if ('malformed' in row) {
    reportAborted(context, { name: row.name, failure: malformedRow(row) }, 'fleet');
    return 'failed';
  }
  if (isOnlyToNotify(row, context.clock.now())) {
    await publishNotifications(context, row);
    return 'skipped';
  }
  try {
    await planner.admit(row);
    await limits.pace();
    if (!limits.hasTimeForOneMore()) return 'skipped';
    return tallyOf(await refreshConnection(context, row, { kind: 'scheduled' }));
  } catch (error) {
    // A bug in one connection must not stop the others. The lease of this one expires.
    reportAborted(context, {
      name: row.name,
      connection: row,
      failure: INTERNAL_ERROR,
      isParked: isParked(row, context.settings.parkAfterMs, context.clock.now()),
      bug: describeBug(error),
    });
    return 'failed';
  }
}

/** Such a row does not wait for its turn among the refreshes. */
function isOnlyToNotify({ nextAttemptAtMs, notifyAtMs }: Connection, nowMs: number): boolean {
  return nextAttemptAtMs > nowMs && notifyAtMs !== undefined && notifyAtMs <= nowMs;
}

/** A failure without a metric, such as missing credentials, is an expected state. */
function tallyOf(result: RefreshResult): Tally {
  if (result.kind === 'published') return 'refreshed';
  const isFailure = result.kind === 'failed' && policyOf(result.failure.code).metric !== undefined;
  return isFailure ? 'failed' : 'skipped';
}

async function recordFleet(context: RefreshContext): Promise<void> {
  const { clock, connections, deadlines, fleet, metrics, settings } = context;
  const size = fleet.size(clock.now());
  const share = shareOfFleet(size);
  const expiries = await connections.soonestExpiries(share, deadlines.report);
  const enoughAtMs = enoughExpiredAtMs(expiries, {
    size,
    declarationOf: (name) => declarationOf(settings.declaredConnections, name),
  });
  const gauge = (name: MetricName, atMs: number | undefined) =>
    atMs === undefined ? {} : { [name]: Math.max(0, Math.floor((atMs - clock.now()) / 1000)) };
  metrics.record({
    Heartbeat: 1,
    ...gauge('SoonestExpirySeconds', expiries[0]?.expiresAtMs),
    ...gauge('FleetExpirySeconds', enoughAtMs ?? clock.now() + ACCESS_TOKEN_LIFETIME_MS),
  });
}

/** Stops where the source fails, and keeps the error for later. */
class InterruptibleList<T> {
  readonly #items: AsyncIterable<T>;
  interruption: unknown;

  constructor(items: AsyncIterable<T>) {
    this.#items = items;
  }

  async *until(isOver: () => boolean): AsyncIterable<T> {
    try {
      for await (const item of this.#items) {
        yield item;
        if (isOver()) return;
      }
    } catch (error) {
      this.interruption = error;
    }
  }
}
