import type { Command } from 'commander';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isMovedAway } from '../../lambdas/core/connection/move-transitions.ts';
import {
  enableConnection,
  isDisabledByOperator,
} from '../../lambdas/core/connection/operator-transitions.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { findRow } from '../connections/find-connection.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import type { Runner } from './runner.ts';

/** `resume NAME`: refreshes a paused connection again, starting now. */
export function addResume(program: Command, run: Runner): void {
  program
    .command('resume')
    .description('refresh a paused connection again, starting now')
    .argument('<name>', 'connection')
    .addHelpText('after', '\nExample:\n  zoho-tokens resume crm-prod')
    .action(
      run(async (session, given: string) => {
        const { name } = await findRow(session, given);
        const { terminal } = session.runtime;
        let wasPaused = true;
        await changeRow(session, name, (row, nowMs) => {
          if (isMovedAway(row)) throw movedAway(row);
          wasPaused = isDisabledByOperator(row, 'paused');
          if (wasPaused) return enableConnection(row, nowMs);
          if (row.status === 'disabled') throw notPaused(name);
          return undefined;
        });
        if (!wasPaused) {
          terminal.print(`${name} is not paused. Nothing was changed.`);
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
