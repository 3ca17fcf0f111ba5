import type { Command } from 'commander';
import { MINT_BUDGET } from '../../lambdas/core/connection/mint-budget.ts';
import { findConnection } from '../connections/find-connection.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import type { Runner } from './runner.ts';

/** `refresh NAME`: asks the refresher for a new token, within its limits. */
export function addRefresh(program: Command, run: Runner): void {
  program
    .command('refresh')
    .description('get a new token now')
    .argument('<name>', 'connection')
    .addHelpText(
      'after',
      `
The refresher enforces Zoho's limits: at most ${MINT_BUDGET.limits.operator} refreshes on demand in ten minutes.

Example:
  zoho-tokens refresh crm-prod`,
    )
    .action(
      run(async (session, given: string) => {
        const { name } = await findConnection(session, given);
        return (await refreshAndReport(session, name)) ? 0 : 1;
      }),
    );
}
