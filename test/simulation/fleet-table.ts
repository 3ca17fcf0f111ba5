import type { ConnectionStore } from '../../lambdas/core/ports.ts';
import type { FleetProcess } from './fleet-process.ts';

/** The table as one process sees it: its calls end with it. */
export function tableOf(process: FleetProcess, table: ConnectionStore): ConnectionStore {
  const list = async function* <Listed>(rows: AsyncIterable<Listed>, call = 'list') {
    const listed: Listed[] = [];
    await process.call(call, async () => {
      for await (const row of rows) listed.push(row);
    });
    yield* listed;
  };
  return {
    inPartitions: (partitions) => tableOf(process, table.inPartitions(partitions)),
    read: (...given) => process.call('read', () => table.read(...given)),
    due: (...given) => list(table.due(...given)),
    dueAfter: (...given) => list(table.dueAfter(...given)),
    soonestExpiries: (...given) => process.call('expiries', () => table.soonestExpiries(...given)),
    planned: (...given) => process.call('planned', () => table.planned(...given)),
    postpone: (...given) => process.call('postpone', () => table.postpone(...given)),
    usersOf: (...given) => list(table.usersOf(...given), 'users'),
    create: (...given) => process.call('create', () => table.create(...given)),
    replaceIfFree: (...given) => process.call('replace', () => table.replaceIfFree(...given)),
    replaceIfHeld: (...given) => process.call('commit', () => table.replaceIfHeld(...given)),
  };
}
