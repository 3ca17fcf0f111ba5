import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isLeased } from '../../lambdas/core/connection/lease.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';

/** Longer than any lease. */
const PATIENCE_MS = 6 * 60_000;
const BETWEEN_LOOKS_MS = 1_000;

/**
 * Writes a row as an operator wants it, between two refreshes: while the refresher holds the lease it is waited for, so
 * that nothing of its work is lost. `change` is asked again for the row of each look; undefined leaves it as it is.
 */
export async function changeRow(
  session: Session,
  name: string,
  change: (row: Connection, nowMs: number) => Connection | undefined,
): Promise<Connection> {
  const { clock, terminal, wait } = session.machine;
  const table = await session.connections();
  const giveUpAtMs = clock.now() + PATIENCE_MS;
  const progress = terminal.progress(`Changing the row of ${name}`);
  try {
    for (;;) {
      const row = await table.read(name, session.signal());
      if (row === undefined) throw new CliError(`There is no row of ${name} in the connections table.`);
      const nowMs = clock.now();
      const next = change(row, nowMs);
      if (next === undefined) return row;
      if (isLeased(row, nowMs)) progress.update(`A refresh of ${name} is under way: waiting for its end`);
      else {
        const result = await table.replaceIfFree(row, next, nowMs, session.signal());
        if (result.written) return next;
      }
      if (clock.now() > giveUpAtMs) {
        throw new CliError(`${name} was never free of a refresh for six minutes.`, 'Try again later.');
      }
      await wait(BETWEEN_LOOKS_MS);
    }
  } finally {
    progress.stop();
  }
}
