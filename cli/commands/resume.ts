import type { Command } from 'commander';
import { isSwitchedOff, switchOn } from '../../lambdas/core/connection/operator-transitions.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { findRow } from '../connections/find-connection.ts';
import { goLive } from '../refresher/refresh-and-report.ts';
import type { Runner } from './runner.ts';

/** `resume NAME`: refreshes go on, the first one at once. */
export function addResume(program: Command, run: Runner): void {
  program
    .command('resume')
    .description('go on refreshing a connection that was paused')
    .argument('<name>', 'connection')
    .addHelpText('after', '\nExample:\n  zoho-tokens resume crm-prod')
    .action(
      run(async (session, given: string) => {
        const { name } = await findRow(session, given);
        const { terminal } = session.machine;
        let wasPaused = true;
        await changeRow(session, name, (row, nowMs) => {
          wasPaused = isSwitchedOff(row, 'paused');
          if (wasPaused) return switchOn(row, nowMs);
          if (row.status === 'disabled') throw notPaused(name, row.lastFailure?.message);
          return undefined;
        });
        if (!wasPaused) {
          terminal.print(`${name} is not paused: nothing to do.`);
          return 0;
        }
        terminal.print(`resumed: ${name} is refreshed again.`);
        return (await goLive(session, name)) ? 0 : 1;
      }),
    );
}

function notPaused(name: string, reason: string | undefined): CliError {
  return new CliError(`${name} is not paused; it is switched off.`, reason);
}
