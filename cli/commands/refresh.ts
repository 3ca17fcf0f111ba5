import type { Command } from 'commander';
import { MINT_BUDGET } from '../../lambdas/core/connection/mint-budget.ts';
import { UsageError } from '../cli-error.ts';
import { findConnection } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAllBlocked } from '../refresher/refresh-all-blocked.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface RefreshOptions {
  readonly allBlocked?: boolean;
}

/** `refresh NAME`: asks the refresher for a new token, within its limits. */
export function addRefresh(program: Command, run: Runner): void {
  program
    .command('refresh')
    .description('get a new token now, or ask Zoho again about all blocked connections')
    .argument('[name]', 'connection')
    .option('--all-blocked', 'every connection that Zoho refuses, one a second')
    .addHelpText(
      'after',
      `
The refresher enforces Zoho's limits: at most ${MINT_BUDGET.limits.operator} refreshes on demand in ten minutes.
A blocked connection may be asked about at once, in case Zoho was wrong.

Examples:
  zoho-tokens refresh crm-prod
  zoho-tokens refresh --all-blocked`,
    )
    .action(run(refresh));
}

async function refresh(
  session: Session,
  given: string | undefined,
  { allBlocked = false }: RefreshOptions,
): Promise<ExitCode> {
  if ((given === undefined) !== allBlocked) {
    throw new UsageError(
      allBlocked
        ? '--all-blocked cannot be used with the name of a connection.'
        : 'The name of a connection is missing.',
      'Run: zoho-tokens refresh NAME, or: zoho-tokens refresh --all-blocked',
    );
  }
  if (given === undefined) return refreshAllBlocked(session);
  const { name } = await findConnection(session, given);
  return (await refreshAndReport(session, name)) ? 0 : 1;
}
