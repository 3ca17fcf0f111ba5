import { type Connection, isRetired } from '../../lambdas/core/connection/connection.ts';
import {
  enableConnection,
  isDisabledByOperator,
} from '../../lambdas/core/connection/operator-transitions.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import type { Session } from '../session.ts';

/**
 * A connection that is not connected is not refreshed, so a consent would be useless. So it would be for one that follows
 * another deployment, which mints with its own credentials.
 */
export function requireConnected(row: Connection): void {
  if (row.follows !== undefined) {
    const { secretPrefix } = row.follows;
    throw new CliError(
      `${row.name} follows the deployment ${secretPrefix}, which refreshes it with its own credentials.`,
      `Authorize it in that deployment, or finish the move first: zoho-tokens adopt --from ${secretPrefix} --finish ${row.name}`,
    );
  }
  const isUndeclared = isRetired(row);
  const isDisconnected = isDisabledByOperator(row, 'disconnected') && row.source !== 'declared';
  if (!isUndeclared && !isDisconnected) return;
  throw new CliError(
    isUndeclared ? `${row.name} is no longer declared.` : `${row.name} is disconnected.`,
    `To connect it again, run: zoho-tokens connect ${row.name} --data-center …`,
  );
}

/** True for a connection that was revoked, or a declared one whose secrets were deleted: credentials enable it again. */
function waitsForCredentials(row: Connection): boolean {
  return (
    isDisabledByOperator(row, 'revoked') ||
    (row.source === 'declared' && isDisabledByOperator(row, 'disconnected'))
  );
}

/** Enables a connection that waits for credentials. False when it is paused, and so is not refreshed. */
export async function enableWithCredentials(session: Session, name: string): Promise<boolean> {
  // Read again: another operator may have changed the row during the consent.
  const row = await (await session.connections()).read(name, session.signal());
  if (row === undefined) return true;
  if (isDisabledByOperator(row, 'paused')) {
    session.runtime.terminal.info(`${name} is paused. To resume it, run: zoho-tokens resume ${name}`);
    return false;
  }
  if (waitsForCredentials(row)) {
    await changeRow(session, name, (current, nowMs) =>
      waitsForCredentials(current) ? enableConnection(current, nowMs) : undefined,
    );
  }
  return true;
}
