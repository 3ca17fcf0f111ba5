import {
  type Connection,
  isInService,
  scheduledAtMs,
  shouldHaveValidToken,
} from '../../lambdas/core/connection/connection.ts';
import { replacementOf } from '../../lambdas/core/connection/replacement.ts';
import type { Expiry } from '../../lambdas/core/incidents/alarm-weight.ts';
import type { ConnectionStore, WriteResult } from '../../lambdas/core/ports.ts';

/** A megabyte of them. */
const ROWS_IN_A_PAGE = 1_000;

/** The connections table with these rows, in memory and without an item format: for fleets of any size. */
export function tableInMemory(
  rows: Map<string, Connection>,
  partitions: readonly (number | undefined)[] = [undefined],
): ConnectionStore {
  const isInList = ({ partition }: Connection) => partitions.includes(partition);
  const inOrder = (isListed: (atMs: number) => boolean) => {
    const listed: Connection[] = [];
    for (const row of rows.values())
      if (isInList(row) && row.status !== 'disabled' && isListed(scheduledAtMs(row))) listed.push(row);
    return listed.sort((one, other) => scheduledAtMs(one) - scheduledAtMs(other));
  };
  const replace = (next: Connection, isAllowed: (current: Connection) => boolean): WriteResult => {
    const current = rows.get(next.name);
    if (current === undefined || !isAllowed(current)) return { written: false, current };
    rows.set(next.name, next);
    return { written: true, row: next };
  };
  return {
    inPartitions: (others) => tableInMemory(rows, others),
    read: async (name) => rows.get(name),
    postpone: async () => {},
    due: async function* (nowMs) {
      yield* inOrder((atMs) => atMs <= nowMs);
    },
    dueAfter: async function* (timeMs) {
      yield* inOrder((atMs) => atMs > timeMs);
    },
    planned: () => {
      const plans = new Map<string, number>();
      for (const row of rows.values())
        if (isInList(row) && isInService(row.status)) plans.set(row.name, row.nextAttemptAtMs);
      return Promise.resolve(plans);
    },
    usersOf: async function* (client) {
      const listed = inOrder(() => true);
      for (let from = 0; from < listed.length; from += ROWS_IN_A_PAGE) {
        const page = listed.slice(from, from + ROWS_IN_A_PAGE);
        yield await Promise.resolve({
          users: page.filter((row) => row.client === client),
          scanned: page.length,
        });
      }
    },
    soonestExpiries: (limit) => Promise.resolve(soonestOf([...rows.values()].filter(isInList), limit)),
    create: (row) => {
      const created = !rows.has(row.name);
      if (created) rows.set(row.name, row);
      return Promise.resolve({ created });
    },
    replaceIfFree: async (seen, next, nowMs) =>
      replace(
        replacementOf(seen, next),
        (row) =>
          row.generation === seen.generation &&
          scheduledAtMs(row) === scheduledAtMs(seen) &&
          (row.lease === undefined || row.lease.untilMs <= nowMs),
      ),
    replaceIfHeld: async (held, next) =>
      replace(next, (row) => row.generation === held.generation && row.lease?.owner === held.lease?.owner),
  };
}

/** The tokens that expire first, soonest first. */
function soonestOf(rows: Iterable<Connection>, limit: number): Expiry[] {
  const soonest: Expiry[] = [];
  for (const row of rows) {
    const expiresAtMs = row.token?.expiresAtMs;
    if (expiresAtMs === undefined || !shouldHaveValidToken(row)) continue;
    const last = soonest.at(-1);
    if (soonest.length === limit && last !== undefined && last.expiresAtMs <= expiresAtMs) continue;
    const index = soonest.findIndex((each) => each.expiresAtMs > expiresAtMs);
    soonest.splice(index === -1 ? soonest.length : index, 0, { name: row.name, expiresAtMs });
    if (soonest.length > limit) soonest.pop();
  }
  return soonest;
}
