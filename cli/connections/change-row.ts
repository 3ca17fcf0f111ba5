import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isLeased } from '../../lambdas/core/connection/lease.ts';
import type { ConnectionStore } from '../../lambdas/core/ports.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';

/** Longer than the longest possible lease. */
const TIMEOUT_MS = 6 * 60_000;
const POLL_INTERVAL_MS = 1_000;

/**
 * Changes a row between two refreshes: while the refresher holds the lease, this waits, so that the result of the refresh is not
 * lost. `change` is called with each row that is read; undefined leaves the row as it is.
 */
export async function changeRow(session: Session, name: string, change: RowChange): Promise<Connection> {
  return await changeRowIn(session, await session.connections(), name, change);
}

/** The row to write instead of the given one, or undefined to leave it as it is. */
export type RowChange = (row: Connection, nowMs: number) => Connection | undefined;

/** The same for the table of another deployment. */
export async function changeRowIn(
  session: Session,
  table: Pick<ConnectionStore, 'read' | 'replaceIfFree'>,
  name: string,
  change: RowChange,
): Promise<Connection> {
  const { clock, terminal, wait } = session.runtime;
  const deadlineMs = clock.now() + TIMEOUT_MS;
  return await terminal.withProgress(`Updating ${name} in the connections table`, async (progress) => {
    for (;;) {
      const row = await table.read(name, session.signal());
      if (row === undefined) {
        throw new CliError(`${name} has no row in the connections table.`, `Run: zoho-tokens doctor ${name}`);
      }
      const nowMs = clock.now();
      const next = change(row, nowMs);
      if (next === undefined) return row;
      if (isLeased(row, nowMs)) progress.update(`Waiting for a refresh of ${name} to finish`);
      else {
        const result = await table.replaceIfFree(row, next, nowMs, session.signal());
        if (result.written) return result.row;
      }
      if (clock.now() > deadlineMs) {
        throw new CliError(
          `${name} could not be changed: a refresh has been in progress for six minutes.`,
          'Nothing was changed in the connections table. Try again later.',
        );
      }
      await wait(POLL_INTERVAL_MS);
    }
  });
}
