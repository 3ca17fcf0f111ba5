import type { Command } from 'commander';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import {
  disableConnection,
  isDisabledByOperator,
} from '../../lambdas/core/connection/operator-transitions.ts';
import { areOwnTags } from '../../lambdas/core/secrets/secret-tags.ts';
import { changeRow } from '../connections/change-row.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import type { ExitCode } from '../exit-code.ts';
import { RECOVERY_DAYS } from '../secrets/connection-secrets.ts';
import { type ListedSecret, listSecrets } from '../secrets/list-secrets.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface DeleteOptions {
  readonly confirm?: string;
  readonly force?: boolean;
}

/** `delete-secrets`: deletes what a throw-away deployment leaves behind when its stack is destroyed. */
export function addDeleteSecrets(program: Command, run: Runner): void {
  program
    .command('delete-secrets')
    .description('delete all secrets of a throw-away deployment, before its stack is destroyed')
    .option('--confirm <deployment>', 'the name of the deployment, instead of a question')
    .option('--force', `delete at once and for good, instead of after ${RECOVERY_DAYS} days`)
    .addHelpText(
      'after',
      `
Disables every connection and deletes their secrets and those of shared clients, except the token
secrets of declared connections: the stack deletes those. The authorizations at Zoho remain valid; to end one, run
zoho-tokens revoke first. Without --force the names stay taken for ${RECOVERY_DAYS} days, and the same
deployment cannot be created again until then.

Example:
  zoho-tokens delete-secrets --force && npx cdk destroy`,
    )
    .action(run(deleteSecrets));
}

async function deleteSecrets(session: Session, { confirm, force = false }: DeleteOptions): Promise<ExitCode> {
  const { terminal } = session.runtime;
  const deployment = await session.deployment();
  const { declaredConnections } = await session.refresherSettings();
  const rows = await session.list();
  const isOfStack = ({ connection, kind }: ListedSecret) =>
    kind === 'access-token' && declarationOf(declaredConnections, connection) !== undefined;
  const listed = await listSecrets(session.aws.secretsManager, deployment.secretPrefix);
  const found = listed.filter((secret) => !isOfStack(secret) && (force || !secret.isBeingDeleted));
  const own = found.filter(({ tags }) => areOwnTags(tags, deployment));
  await confirmByName(session, deployment.secretPrefix, {
    confirm,
    what: 'deployment',
    consequence: `${own.length} secrets of the deployment ${deployment.secretPrefix} (account ${deployment.account}, ${deployment.region}) will be deleted ${force ? 'for good' : `in ${RECOVERY_DAYS} days`}, and its connections get no tokens from now on.`,
  });
  for (const row of rows) {
    if ('malformed' in row) terminal.info(`not disabled, because its row cannot be read: ${row.name}`);
    else await disable(session, row);
  }
  const secrets = await session.secrets();
  for (const { name, connection, kind } of own) {
    if (force) await secrets.deleteNow(connection, kind);
    else await secrets.scheduleDeletion(connection, kind);
    terminal.print(`${force ? 'deleted' : `deletion in ${RECOVERY_DAYS} days`}: ${name}`);
  }
  const foreign = found.filter((secret) => !own.includes(secret));
  for (const { name } of foreign)
    terminal.info(`left alone, because it lacks the deployment's tags: ${name}`);
  return foreign.length === 0 ? 0 : 1;
}

async function disable(session: Session, { name }: Connection): Promise<void> {
  await changeRow(session, name, (row, nowMs) =>
    isDisabledByOperator(row, 'disconnected') ? undefined : disableConnection(row, 'disconnected', nowMs),
  );
  session.runtime.terminal.print(`disabled: ${name}`);
}
