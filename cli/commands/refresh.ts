import type { Command } from 'commander';
import { MINT_BUDGET } from '../../lambdas/core/connection/mint-budget.ts';
import { findConnection } from '../connections/find-connection.ts';
import { goLive } from '../refresher/refresh-and-report.ts';
import type { Runner } from './runner.ts';

/** `refresh NAME`: a new token now, by the refresher and within its limits. */
export function addRefresh(program: Command, run: Runner): void {
  program
    .command('refresh')
    .description('ask the refresher for a new token now')
    .argument('<name>', 'connection')
    .addHelpText(
      'after',
      `
The refresher keeps to Zoho's limits, whoever asks: at most ${MINT_BUDGET.forcedLimit} of these in ten minutes.

Example:
  zoho-tokens refresh crm-prod`,
    )
    .action(
      run(async (session, given: string) => {
        const { name } = await findConnection(session, given);
        return (await goLive(session, name)) ? 0 : 1;
      }),
    );
}
