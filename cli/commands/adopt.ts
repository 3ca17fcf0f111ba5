import type { Command } from 'commander';
import { type AdoptionRequest, type AdoptOptions, parseAdoption } from '../adoption/adoption-request.ts';
import { planMove } from '../adoption/begin-move.ts';
import { planFinish } from '../adoption/finish-move.ts';
import { planLeftBehind } from '../adoption/left-behind.ts';
import type { Plan } from '../adoption/plan.ts';
import { planRestoredCredentials } from '../adoption/restore-credentials.ts';
import { planRestoredRows } from '../adoption/restore-rows.ts';
import { runPlan } from '../adoption/run-plan.ts';
import { findSource } from '../adoption/source-deployment.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

/** KMS allows 5,500 calls a second at least: https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html */
const CREDENTIALS_AT_ONCE = 16;

/** `adopt [NAME...]`: takes over what an earlier deployment left, moves connections, restores rows. */
export function addAdopt(program: Command, run: Runner): void {
  program
    .command('adopt')
    .description('take over connections from an earlier deployment, another prefix, or a restored table')
    .argument('[names...]', 'connections')
    .option('--all', 'all connections, without a question')
    .option('--from <prefix>', 'move connections from the deployment with this secretPrefix')
    .option('--from-table <table>', 'table of that deployment, if version 0.1 deployed it')
    .option('--finish', 'with --from: the old deployment stops to refresh them, this one begins')
    .option('--table <table>', 'copy rows from a table that was restored from a backup')
    .option('--credentials-table <table>', 'copy credentials from another table of a fleet')
    .option('--overwrite', 'with --table or --credentials-table: replace what exists')
    .option('--dry-run', 'print what would be changed')
    .addHelpText(
      'after',
      `
Without names and without --all, the changes are shown and confirmed first. If it fails halfway, run
it again: it continues where it stopped.

After destroy and deploy, or with another KMS key: re-encrypts the secrets with the key of this
deployment, registers connections that have no row, and reports secrets without a row and rows
without a secret.
  zoho-tokens adopt --all

Move to another prefix (both deployments in one account and region):
  1. Deploy the new one with follow: { secretPrefix: 'OLD', keyArn: '…' }.
  2. zoho-tokens adopt --from OLD --all
     The new deployment republishes the tokens of the old one, which still refreshes them.
  3. Switch the consumers to the new deployment.
  4. zoho-tokens adopt --from OLD --all --finish
     The credentials are copied, and only the new deployment refreshes the connections.
  5. Remove follow and deploy. Delete the old stack.
For a deployment of version 0.1, add --from-table with the output ConnectionsTableName of its stack.

Restore the connections table: a backup is restored into a new table, whose rows are copied.
  zoho-tokens adopt --table ConnectionsRestored --all

Restore the credentials of a fleet, from a backup or from the table that an earlier stack left: they
are encrypted with the key of this deployment. Then "adopt --all" registers what has no row.
  zoho-tokens adopt --credentials-table CredentialsRestored --all

Examples:
  zoho-tokens adopt --all --dry-run
  zoho-tokens adopt crm-prod
  zoho-tokens adopt --from team/zoho --from-table OldConnections crm-prod
  zoho-tokens adopt --from zoho --finish crm-prod`,
    )
    .action(run(adopt));
}

async function adopt(session: Session, given: readonly string[], options: AdoptOptions): Promise<ExitCode> {
  const request = parseAdoption(given, options);
  await session.deployment();
  const { terminal } = session.runtime;
  const plan = await terminal.withProgress('Comparing secrets and rows', ({ update }) =>
    planOf(session, request, (message) => update(`Comparing secrets and rows: ${message}`)),
  );
  const isConfirmed = options.all === true || request.names.length > 0;
  // Rows are changed one by one: each may have to wait for a refresh.
  const connectionsAtOnce = request.kind === 'restore-credentials' ? CREDENTIALS_AT_ONCE : 1;
  const isDryRun = options.dryRun === true;
  const exitCode = await runPlan(session, plan, { isDryRun, isConfirmed, connectionsAtOnce });
  if (options.dryRun !== true) printNext(session, request, plan);
  return exitCode;
}

async function planOf(
  session: Session,
  request: AdoptionRequest,
  onProgress: (message: string) => void,
): Promise<Plan> {
  switch (request.kind) {
    case 'left-behind':
      return await planLeftBehind(session, request.names, onProgress);
    case 'restore-rows':
      return await planRestoredRows(session, request);
    case 'restore-credentials':
      return await planRestoredCredentials(session, request);
    case 'move':
      return await planMove(
        session,
        await findSource(session, request.from, request.fromTable),
        request.names,
      );
    case 'finish':
      return await planFinish(
        session,
        await findSource(session, request.from, request.fromTable),
        request.names,
      );
  }
}

function printNext({ runtime: { terminal } }: Session, request: AdoptionRequest, { changes }: Plan): void {
  if (changes.length === 0) return;
  const lines = nextSteps(request);
  terminal.info(terminal.infoColors.dim(lines.map((line) => `  ${line}`).join('\n')));
}

function nextSteps(request: AdoptionRequest): string[] {
  switch (request.kind) {
    case 'left-behind':
      return ['See the result: zoho-tokens status'];
    case 'restore-credentials':
      return [
        'Connections with a row are refreshed within a minute. Register the others: zoho-tokens adopt --all',
      ];
    case 'restore-rows':
      return [
        'Then check the secrets: zoho-tokens adopt --all --dry-run. See the result: zoho-tokens status',
      ];
    case 'move': {
      const table = request.fromTable === undefined ? '' : ` --from-table ${request.fromTable}`;
      return [
        'Switch the consumers to this deployment: they have a valid token in both.',
        `Then run: zoho-tokens adopt --from ${request.from}${table} --finish --all`,
      ];
    }
    case 'finish':
      return [
        `Tokens of ${request.from} are valid until they expire, within an hour. When nothing follows it any more, remove the`,
        'setting follow, deploy, and delete the stack of the old deployment.',
      ];
  }
}
