import pMap from 'p-map';
import type { Connection } from '../core/connection/connection.ts';
import { describeBug } from '../core/describe-bug.ts';
import { malformedRow, policyOf } from '../core/failures.ts';
import type { MalformedRow } from '../core/ports.ts';
import { INTERNAL_ERROR } from '../core/refresh/refresh-failures.ts';
import type { RefreshDueResponse } from '../core/refresh/refresher-events.ts';
import { logUnattempted } from './log-attempt.ts';
import { recordFailed } from './record-attempt.ts';
import { refreshConnection } from './refresh-connection.ts';
import type { RefreshContext } from './refresh-context.ts';

export interface TickLimits {
  /** Refreshes under way at once. */
  readonly maxInFlight: number;
  /** Resolves when one more may begin: keeps the fleet under Secrets Manager's write rate. */
  readonly pace: () => Promise<void>;
  /** False when too little time is left to begin another. What is not begun stays due. */
  readonly hasTimeForOneMore: () => boolean;
}

/**
 * One tick: everything that is due, then the fleet's gauge and a heartbeat. When the list of what is due breaks off, what
 * was begun is finished before the error is thrown.
 */
export async function refreshDue(context: RefreshContext, limits: TickLimits): Promise<RefreshDueResponse> {
  const tally = { refreshed: 0, failed: 0, skipped: 0 };
  const due = new InterruptibleList(context.connections.due(context.clock.now(), context.deadlines.work));
  await pMap(
    due.until(() => !limits.hasTimeForOneMore()),
    async (row) => {
      tally[await refreshRow(context, limits, row)] += 1;
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
  row: Connection | MalformedRow,
): Promise<Tally> {
  if ('malformed' in row) {
    logUnattempted(context, row.name, malformedRow(row));
    context.metrics.record({ RefreshFailed: 1 });
    return 'failed';
  }
  await limits.pace();
  if (!limits.hasTimeForOneMore()) return 'skipped';
  try {
    const { outcome, failure } = await refreshConnection(context, row, { kind: 'scheduled' });
    if (outcome === 'refreshed') return 'refreshed';
    return failure === undefined || policyOf(failure.code).metric === undefined ? 'skipped' : 'failed';
  } catch (error) {
    return surviveBug(context, row, error);
  }
}

/** A bug met by one connection must not stop the others. It is logged, counted, and its lease runs out. */
function surviveBug(context: RefreshContext, row: Connection, error: unknown): Tally {
  logUnattempted(context, row.name, INTERNAL_ERROR, { bug: describeBug(error) });
  recordFailed(context, row, INTERNAL_ERROR);
  return 'failed';
}

async function recordFleet(context: RefreshContext): Promise<void> {
  const soonestMs = await context.connections.soonestExpiryMs(context.deadlines.report);
  const secondsLeft =
    soonestMs === undefined ? undefined : Math.floor((soonestMs - context.clock.now()) / 1000);
  context.metrics.record({
    Heartbeat: 1,
    ...(secondsLeft === undefined ? {} : { SoonestExpirySeconds: Math.max(0, secondsLeft) }),
  });
}

/** Ends quietly where the list breaks off, and keeps the reason for later. */
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
