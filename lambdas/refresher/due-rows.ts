import { type Connection, scheduledAtMs } from '../core/connection/connection.ts';
import { correctTimes } from '../core/connection/impossible-times.ts';
import { ALL_PARTITIONS } from '../core/connection/partition.ts';
import type { MalformedRow } from '../core/ports.ts';
import { TICK_MS } from '../core/refresh/renewal-times.ts';
import { usualSpanMs } from '../core/refresh/tick-plan.ts';
import type { RefreshContext } from './refresh-context.ts';

/** A row that was written a moment ago, by a clock that is a little ahead. */
const CLOCKS_DIFFER_MS = 10_000;

/**
 * The rows that a tick works on: those that are due, and those that would be due if their times were possible. The first answer of
 * a tick corrects the clock. If it was behind, the table is asked again. If it was ahead, the rows that are not due are left out.
 */
export async function* dueRows(
  context: RefreshContext,
  {
    looksAhead = false,
    abandoned,
  }: { readonly looksAhead?: boolean; readonly abandoned?: AbandonedPartitions },
): AsyncIterable<Connection | MalformedRow> {
  const { clock } = context;
  const lagMs = () => clock.now() - clock.elapsed();
  const lagBeforeMs = lagMs();
  yield* dueNow(context);
  if (lagMs() > lagBeforeMs + TICK_MS) yield* dueNow(context);
  if (looksAhead && clock.isChecked()) yield* dueByMistake(context);
  if (abandoned !== undefined && abandoned.looksLeft > 0) yield* rowsOf(abandoned, context);
}

/**
 * The partitions of a fleet, for a deployment that may have been one: no shard looks at them any more. Each Lambda environment reads them
 * until they were empty a few times in a row: a deployment starts new environments.
 */
export interface AbandonedPartitions {
  looksLeft: number;
}

/** A tick that the deployment before has started may move a row to its partition for 75 seconds. */
const EMPTY_LOOKS = 3;

/** None for a fleet. */
export function abandonedPartitions(isFleet: boolean): AbandonedPartitions {
  return { looksLeft: isFleet ? 0 : EMPTY_LOOKS };
}

/** All rows that are left in them, due or not, soonest first. */
async function* rowsOf(
  abandoned: AbandonedPartitions,
  { clock, connections, deadlines }: RefreshContext,
): AsyncIterable<Connection | MalformedRow> {
  let hasRows = false;
  for await (const row of connections.inPartitions(ALL_PARTITIONS).dueAfter(0, deadlines.work)) {
    hasRows = true;
    if (!('malformed' in row) || (row.place?.nextAttemptAtMs ?? 0) <= clock.now()) yield row;
  }
  abandoned.looksLeft = hasRows ? EMPTY_LOOKS : abandoned.looksLeft - 1;
}

async function* dueNow({
  clock,
  connections,
  deadlines,
}: RefreshContext): AsyncIterable<Connection | MalformedRow> {
  const askedAtMs = clock.now();
  for await (const row of connections.due(askedAtMs, deadlines.work)) {
    const nowMs = clock.now();
    if (nowMs < askedAtMs && !('malformed' in row) && scheduledAtMs(row) > nowMs) return;
    yield row;
  }
}

/** Rows that are due later than any renewal of a token is planned. Most of them wait for their budget. */
async function* dueByMistake({
  clock,
  connections,
  deadlines,
  settings,
}: RefreshContext): AsyncIterable<Connection> {
  const fromMs = clock.now() + usualSpanMs(settings) + CLOCKS_DIFFER_MS;
  for await (const row of connections.dueAfter(fromMs, deadlines.work)) {
    if (!('malformed' in row) && correctTimes(row, clock.now()) !== undefined) yield row;
  }
}
