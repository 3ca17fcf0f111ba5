import type { Command } from 'commander';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isMovedAway } from '../../lambdas/core/connection/move-transitions.ts';
import {
  blockAnew,
  enableConnection,
  isDisabledByOperator,
} from '../../lambdas/core/connection/operator-transitions.ts';
import { isParked } from '../../lambdas/core/connection/parking.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { findRow } from '../connections/find-connection.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import type { Runner } from './runner.ts';

/** `resume NAME`: refreshes a paused connection again, starting now. Zoho is asked again about a parked one. */
export function addResume(program: Command, run: Runner): void {
  program
    .command('resume')
    .description('refresh a paused or parked connection again, starting now')
    .argument('<name>', 'connection')
    .addHelpText(
      'after',
      `
A connection that has been blocked for 7 days (the setting parkAfterDays) is parked. Resumed, Zoho is
asked again at once. If it still refuses, the connection is blocked, and parked again after 7 days.

Example:
  zoho-tokens resume crm-prod`,
    )
    .action(
      run(async (session, given: string) => {
        const { name } = await findRow(session, given);
        const { terminal } = session.runtime;
        const { parkAfterMs } = await session.deployment();
        let isResumed = true;
        await changeRow(session, name, (row, nowMs) => {
          if (isMovedAway(row)) throw movedAway(row);
          const wasParked = isParked(row, parkAfterMs, nowMs);
          isResumed = wasParked || isDisabledByOperator(row, 'paused');
          if (wasParked) return blockAnew(row, nowMs);
          if (isResumed) return enableConnection(row, nowMs);
          if (row.status === 'disabled') throw notPaused(name);
          return undefined;
        });
        if (!isResumed) {
          terminal.print(`${name} is neither paused nor parked. Nothing was changed.`);
          return 0;
        }
        terminal.print(`resumed: ${name} is refreshed again.`);
        return (await refreshAndReport(session, name)) ? 0 : 1;
      }),
    );
}

/** Resumed, both deployments would mint. */
function movedAway({ name, lastFailure }: Connection): CliError {
  return new CliError(`${name} cannot be resumed. ${lastFailure?.message ?? ''}`, 'Use the new deployment.');
}

function notPaused(name: string): CliError {
  return new CliError(
    `${name} is disabled, but not paused, so it cannot be resumed.`,
    `Run: zoho-tokens doctor ${name}`,
  );
}
