import type { Command } from 'commander';
import {
  disableConnection,
  isDisabledByOperator,
} from '../../lambdas/core/connection/operator-transitions.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { findRow } from '../connections/find-connection.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Runner } from './runner.ts';

/** `pause NAME`: stops refreshing a connection until it is resumed. */
export function addPause(program: Command, run: Runner): void {
  program
    .command('pause')
    .description('stop refreshing a connection until you resume it')
    .argument('<name>', 'connection')
    .addHelpText(
      'after',
      `
The published token stays valid until it expires. Nothing changes at Zoho.

Example:
  zoho-tokens pause crm-prod`,
    )
    .action(
      run(async (session, given: string) => {
        const { name } = await findRow(session, given);
        const { terminal, clock } = session.runtime;
        const paused = await changeRow(session, name, (row, nowMs) => {
          if (isDisabledByOperator(row, 'paused')) return undefined;
          if (row.status === 'disabled') throw alreadyDisabled(name);
          return disableConnection(row, 'paused', nowMs);
        });
        const leftMs = (paused.token?.expiresAtMs ?? 0) - clock.now();
        const token =
          leftMs > 0 ? `Its token is valid for another ${formatDuration(leftMs)}.` : 'It has no valid token.';
        terminal.print(`paused: ${name} is no longer refreshed. ${token}`);
        terminal.info(terminal.infoColors.dim(`  To resume it, run: zoho-tokens resume ${name}`));
        return 0;
      }),
    );
}

function alreadyDisabled(name: string): CliError {
  return new CliError(
    `${name} is disabled already, so it cannot be paused.`,
    `Run: zoho-tokens doctor ${name}`,
  );
}
