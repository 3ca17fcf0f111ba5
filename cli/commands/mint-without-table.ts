import type { Command } from 'commander';
import { mintWithoutTable } from '../emergency/mint-without-table.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { linkDocuments } from '../terminal/link-documents.ts';
import type { Runner } from './runner.ts';

/** `mint-without-table NAME`: the emergency procedure while DynamoDB is down. */
export function addMintWithoutTable(program: Command, run: Runner): void {
  program
    .command('mint-without-table')
    .description('in an outage of DynamoDB: mint a token by hand, without the lease')
    .argument('<name>', 'connection')
    .option('--confirm <name>', 'the name again, instead of a question')
    .addHelpText(
      'after',
      linkDocuments(`
It refuses while the connections table answers, here or to the refresher, and while the published token is less
than ten minutes old. One person at a time runs it. The refresher takes over by itself when DynamoDB answers again.

Permissions: docs/break-glass-policy.json
Runbook: docs/runbooks/DynamoDbOutage.md

Example:
  zoho-tokens mint-without-table crm-prod`),
    )
    .action(
      run(async (session, given: string, { confirm }: { confirm?: string }) => {
        const { connection, generation, expiresAtMs } = await mintWithoutTable(session, given, confirm);
        const { terminal, clock } = session.runtime;
        const left = formatDuration(expiresAtMs - clock.now());
        terminal.print(
          [
            `published: ${connection} has a token that was minted without the table, generation ${generation}, valid for ${left}.`,
            'Next steps:',
            '  - Consumers read it like every other token.',
            `  - If DynamoDB still does not answer ten minutes before it expires, run this command again.`,
            '  - When DynamoDB answers again, the refresher replaces it by itself. To check, run: zoho-tokens status',
          ].join('\n'),
        );
        return 0;
      }),
    );
}
