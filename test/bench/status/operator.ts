import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { systemClock } from '../../../lambdas/adapters/system-clock.ts';
import { runZohoTokens } from '../../support/run-zoho-tokens.ts';
import { answerQuestions } from '../answer-questions.ts';
import { interleave, type Rounds, timed } from '../rounds.ts';

/** An operator's process: runs `zoho-tokens status`, by turns with a scan that prints the same rows. */

const COMMANDS = {
  status: ['status'],
  all: ['status', '--all'],
} as const;

export type StatusRounds = Rounds<keyof typeof COMMANDS | 'bare'>;

answerQuestions({
  measure: async ({ rounds, rows }: { rounds: number; rows: number }): Promise<StatusRounds> => {
    const subjects = {
      bare: timed(() => scanAndPrint(rows)),
      status: timed(() => run('status', rows)),
      all: timed(() => run('all', rows)),
    };
    await interleave(1, subjects);
    return await interleave(rounds, subjects);
  },
});

async function run(command: keyof typeof COMMANDS, rows: number): Promise<void> {
  const { exitCode, stdout, stderr } = await runZohoTokens(COMMANDS[command], {
    clock: systemClock,
    environment: process.env,
  });
  const counted = Number(/([\d,]+) connections/.exec(stdout)?.[1]?.replaceAll(',', ''));
  const listed = stdout.split('\n').filter((line) => line.startsWith('tenant-')).length;
  const shown = command === 'all' ? listed : counted;
  // Some connections are blocked, so the exit code is 1.
  if (exitCode !== 1 || !(shown >= rows))
    throw new Error(
      `${COMMANDS[command].join(' ')} showed ${shown} connections and ended with ${exitCode}: ${stderr}`,
    );
}

/** What a script of a few lines does: one line for each row. */
async function scanAndPrint(rows: number): Promise<void> {
  const client = new DynamoDBClient({});
  const lines: string[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: 'zoho-connections' }))
    for (const item of Items) {
      const { connection, status, dataCenter, tokenExpiresAt, nextAttemptAt, generation } = unmarshall(item);
      lines.push([connection, status, dataCenter, tokenExpiresAt, nextAttemptAt, generation].join('  '));
    }
  client.destroy();
  if (lines.sort().join('\n').length < rows) throw new Error('The scan is not complete.');
}
