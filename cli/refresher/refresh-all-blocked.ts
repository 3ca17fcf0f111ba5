import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isParked } from '../../lambdas/core/connection/parking.ts';
import { isRefusedOnce } from '../../lambdas/core/refresh/refused-credentials.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { refreshAndReport } from './refresh-and-report.ts';

/** One call of Zoho a second: far below what a fleet's schedule makes, and slow enough to stop with Ctrl-C. */
const PAUSE_MS = 1_000;

/**
 * Asks Zoho again about every connection that it refuses, one after the other: after a wrong refusal of many, or once a shared
 * client is fixed. Parked ones are left out. Succeeds if all of them have a token then.
 */
export async function refreshAllBlocked(session: Session): Promise<ExitCode> {
  const { terminal, clock, wait } = session.runtime;
  const rows = await terminal.withProgress('Looking for blocked connections', () => session.list());
  const { parkAfterMs } = await session.deployment();
  const nowMs = clock.now();
  const blocked = rows.flatMap((row) => ('malformed' in row || !isRefused(row) ? [] : [row]));
  const names = blocked.filter((row) => !isParked(row, parkAfterMs, nowMs)).map(({ name }) => name);
  const parked = blocked.length - names.length;
  if (parked > 0) terminal.info(`Left out: ${parked} parked. To list them, run: zoho-tokens status --parked`);
  if (names.length === 0) {
    terminal.print('No connection is blocked.');
    return 0;
  }
  let live = 0;
  for (const [index, name] of names.entries()) {
    if (index > 0) await wait(PAUSE_MS);
    terminal.info(terminal.infoColors.dim(`${index + 1} of ${names.length}`));
    if (await refreshAndReport(session, name)) live += 1;
  }
  terminal.print(`${live} of ${names.length} blocked connections have a token now.`);
  return live === names.length ? 0 : 1;
}

function isRefused(row: Connection): boolean {
  return row.status === 'blocked' || isRefusedOnce(row);
}
