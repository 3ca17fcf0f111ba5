import { type Connection, hasValidToken, isFollowing, isInService } from '../core/connection/connection.ts';
import { isParked } from '../core/connection/parking.ts';
import { describeBug } from '../core/describe-bug.ts';
import { InfrastructureError, malformedRow, policyOf } from '../core/failures.ts';
import type { MalformedRow } from '../core/ports.ts';
import { INTERNAL_ERROR } from '../core/refresh/refresh-failures.ts';
import type { RefreshDueResponse } from '../core/refresh/refresher-events.ts';
import { URGENT_POLL_INTERVAL_MS } from '../core/refresh/renewal-times.ts';
import { ClientQueue } from './client-queue.ts';
import { type AbandonedPartitions, dueRows } from './due-rows.ts';
import { publishNotifications } from './publish-notifications.ts';
import { recordFleet } from './record-fleet.ts';
import { refreshConnection } from './refresh-connection.ts';
import type { RefreshContext } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';
import { isMisplaced, relocate } from './relocate.ts';
import { reportAborted } from './report-attempt.ts';
import { reportPassedOver } from './report-passed-over.ts';
import { TickPlanner } from './tick-planner.ts';
import { WorkQueue } from './work-queue.ts';

export interface TickLimits {
  /** Concurrent refreshes. */
  readonly maxInFlight: number;
  /** Resolves when the refresh of this row may start, or when the time is over: keeps the fleet below the write rate of its store. */
  readonly pace: (row: Connection) => Promise<void>;
  /**
   * Resolves when one more look at a connection that is out of service may start, or when the time is over.
   *
   * @default no pace
   */
  readonly paceLooks?: () => Promise<void>;
  /** False if too little time is left to start another. What is not started stays due. */
  readonly hasTimeForOneMore: () => boolean;
  /**
   * Whether rows with impossible times are looked for as well.
   *
   * @default false
   */
  readonly looksAhead?: boolean;
  /** Partitions whose rows nothing else looks at. @default none */
  readonly abandoned?: AbandonedPartitions;
}

/** Concurrent looks. */
const LOOKS_IN_FLIGHT = 10;
/** Concurrent moves of rows to their partitions. */
const RELOCATIONS_IN_FLIGHT = 10;

/**
 * One tick: refreshes everything that is due, then records the gauges of the fleet and a heartbeat. No renewal waits for
 * others that cannot succeed now: connections that are out of service have workers and a pace of their own, a data center that does not answer is
 * passed over, connections of a client that Zoho throttles take turns, and tokens that are still valid are renewed before those that have expired. If the list of due connections fails, the
 * refreshes that were started end before the error is thrown.
 */
export async function refreshDue(context: RefreshContext, limits: TickLimits): Promise<RefreshDueResponse> {
  const { clock, dataCenters } = context;
  const tally = { refreshed: 0, failed: 0, skipped: 0 };
  const clients = new ClientQueue(context);
  const mayAskDataCenter = ({ dataCenter }: Connection) =>
    dataCenter === undefined || dataCenters.mayAsk(dataCenter, clock.elapsed());
  const renewals = new WorkQueue<Connection>(
    (row) => isFollowing(row) || (!clients.isQuiet(row) && mayAskDataCenter(row)),
    (row) => (clients.isQuiet(row) ? `client ${row.clientKey}` : row.dataCenter),
  );
  const looks = new WorkQueue<Connection | MalformedRow>();
  const relocations = new WorkQueue<Connection>();
  const isOver = () => !limits.hasTimeForOneMore();
  let planner: TickPlanner | undefined;

  async function read(): Promise<void> {
    try {
      for await (const row of dueRows(context, limits)) {
        // With the time that the answer with the first row has corrected.
        planner ??= new TickPlanner(context);
        const nowMs = clock.now();
        if (isMisplaced(row, context.settings)) relocations.add(row, false);
        else if (isRenewal(row, nowMs)) {
          if (!clients.takes(row)) renewals.add(row, hasValidToken(row, nowMs));
        } else looks.add(row, isOnlyToNotify(row, nowMs));
        if (renewals.isFull || isOver()) return;
      }
    } finally {
      for (const row of clients.start()) renewals.add(row, true);
      renewals.complete();
      looks.complete();
      relocations.complete();
    }
  }

  const ended = await Promise.allSettled([
    read().then(async () => {
      const waiting = await clients.makeWait();
      tally.skipped += waiting;
    }),
    renewals.run(limits.maxInFlight, isOver, async (row) => {
      const ofTick = { ...context, planRenewal: planner?.plan };
      const mayStart = async () => {
        await planner?.admit(row);
        await limits.pace(row);
      };
      tally[await attempt(ofTick, limits, row, mayStart)] += 1;
    }),
    relocations.run(RELOCATIONS_IN_FLIGHT, isOver, async (row) => {
      await relocate(context, row);
      tally.skipped += 1;
    }),
    looks.run(LOOKS_IN_FLIGHT, isOver, async (row) => {
      tally[await look({ ...context, planRenewal: planner?.plan }, limits, row)] += 1;
    }),
  ]);
  // They take turns from the next tick on.
  const isThrottled = (row: Connection) => !isFollowing(row) && clients.isQuiet(row);
  reportPassedOver(
    context,
    renewals.passedOver.filter((row) => !isThrottled(row)),
  );
  tally.skipped += renewals.passedOver.length;
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  await recordFleet(context);
  return { due: tally.refreshed + tally.failed + tally.skipped, ...tally };
}

type Tally = 'refreshed' | 'failed' | 'skipped';

/** A connection that is in service. Any other one waits for new credentials, and is looked at. */
function isRenewal(row: Connection | MalformedRow, nowMs: number): row is Connection {
  if ('malformed' in row || isOnlyToNotify(row, nowMs)) return false;
  return isFollowing(row) || isInService(row.status);
}

/** Such a row does not wait for its turn. */
function isOnlyToNotify(row: Connection | MalformedRow, nowMs: number): boolean {
  if ('malformed' in row) return false;
  const { nextAttemptAtMs, notifyAtMs } = row;
  return nextAttemptAtMs > nowMs && notifyAtMs !== undefined && notifyAtMs <= nowMs;
}

async function look(
  context: RefreshContext,
  limits: TickLimits,
  row: Connection | MalformedRow,
): Promise<Tally> {
  const { paceLooks = () => Promise.resolve() } = limits;
  if ('malformed' in row) {
    await paceLooks();
    return reportMalformed(context, row);
  }
  if (!isOnlyToNotify(row, context.clock.now())) return attempt(context, limits, row, paceLooks);
  await publishNotifications(context, row);
  return 'skipped';
}

async function attempt(
  context: RefreshContext,
  limits: TickLimits,
  row: Connection,
  mayStart: () => Promise<void>,
): Promise<Tally> {
  try {
    await mayStart();
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

/** Every tick reports it, and moves it from the head of the list to its end, so that it does not precede what can be refreshed. */
async function reportMalformed(context: RefreshContext, row: MalformedRow): Promise<Tally> {
  reportAborted(context, { name: row.name, failure: malformedRow(row) }, 'fleet');
  const { clock, connections, deadlines, log } = context;
  try {
    await connections.postpone(row, clock.now() + URGENT_POLL_INTERVAL_MS, deadlines.report);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    log.warn('a malformed row could not be postponed', { connection: row.name, code: error.code });
  }
  return 'failed';
}

/** A failure without a metric, such as missing credentials, is an expected state. */
function tallyOf(result: RefreshResult): Tally {
  if (result.kind === 'published') return 'refreshed';
  const isFailure = result.kind === 'failed' && policyOf(result.failure.code).metric !== undefined;
  return isFailure ? 'failed' : 'skipped';
}
