import type { Command } from 'commander';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import {
  awaitDeclaration,
  disableConnection,
  isDisabledByOperator,
} from '../../lambdas/core/connection/operator-transitions.ts';
import { isVersionIn } from '../../lambdas/core/secrets/shared-client.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import { findRow } from '../connections/find-connection.ts';
import { isDeclared } from '../connections/is-declared.ts';
import type { ExitCode } from '../exit-code.ts';
import { endInvites } from '../invites/end-invites.ts';
import { RECOVERY_DAYS, type SecretKind } from '../secrets/connection-secrets.ts';
import type { RoutedSecrets } from '../secrets/route-secrets.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

/** `disconnect NAME`: removes a connection that was connected at run time. */
export function addDisconnect(program: Command, run: Runner): void {
  program
    .command('disconnect')
    .description('remove a connection that was connected at run time')
    .argument('<name>', 'connection')
    .option('--confirm <name>', 'the name again, instead of a question')
    .option('--for-declaration', 'before you declare it: delete the token secret at once, keep the rest')
    .addHelpText(
      'after',
      `
Disables the connection, cancels its open invites, and schedules the deletion of both secrets.
Consumers cannot read the token from then on. For ${RECOVERY_DAYS} days, zoho-tokens connect restores it.
The authorization at Zoho remains valid; to end it, run zoho-tokens revoke first.

What is stored in DynamoDB is deleted at once. Without its refresh token, the authorization can be
neither used nor revoked from here, so revoke it first if no one needs it any more. Only point-in-time
recovery of the table can bring it back, for 35 days.

With --for-declaration, the connection can then be declared in cdk.json: the stack creates its token
secret, whose name must be free. Its credentials and its generation are kept, so that no one has to
authorize it again. Consumers have no token between this command and the end of the deployment.

Examples:
  zoho-tokens disconnect crm-acme
  zoho-tokens disconnect crm-acme --for-declaration`,
    )
    .action(run(disconnect));
}

async function disconnect(
  session: Session,
  given: string,
  { confirm, forDeclaration = false }: { confirm?: string; forDeclaration?: boolean },
): Promise<ExitCode> {
  const row = await findRow(session, given);
  const { name } = row;
  const { terminal } = session.runtime;
  if (await isDeclared(session, name)) {
    throw new CliError(
      `${name} is declared in the stack's configuration, so it cannot be disconnected.`,
      `Remove it from cdk.json and deploy. To stop it for a while, run: zoho-tokens pause ${name}`,
    );
  }
  const secrets = await session.secrets();
  const isSealed = (await secrets.storeOf(name)) === 'dynamodb';
  if (forDeclaration && isSealed) {
    throw new CliError(
      `${name} is stored in DynamoDB. Declared connections are in Secrets Manager.`,
      `Move it there first: zoho-tokens move ${name} --to secrets-manager`,
    );
  }
  if (forDeclaration) return await prepareDeclaration(session, name, confirm);
  const isLosing = isSealed && (await mayBeValid(secrets, row));
  await confirmByName(session, name, {
    confirm,
    consequence: `Consumers of ${name} will lose their token.${isLosing ? ` ${loss(name)} To end it, cancel this command, and run: zoho-tokens revoke ${name}.` : ''}`,
  });
  await changeRow(session, name, (row, nowMs) =>
    isDisabledByOperator(row, 'disconnected') ? undefined : disableConnection(row, 'disconnected', nowMs),
  );
  terminal.print(`disabled: ${name}`);
  await endInvites(session, name);
  for (const kind of ['access-token', 'credentials'] as const) {
    terminal.print(`${await scheduleDeletion(secrets, name, kind)}: ${secrets.nameOf(name, kind)}`);
  }
  const connect = `zoho-tokens connect ${name} --data-center …`;
  const next = isSealed
    ? `To use it again, run: ${connect}, then: zoho-tokens authorize ${name}`
    : `To restore it, run: ${connect}`;
  if (isLosing) terminal.print(`still valid at Zoho: the authorization of ${name}. ${END_AT_ZOHO}`);
  terminal.info(terminal.infoColors.dim(`  ${next}`));
  return 0;
}

/** What is lost with the credentials in DynamoDB, which are deleted at once. */
function loss(name: string): string {
  return `Its refresh token is deleted for good, while the authorization of ${name} stays valid at Zoho.`;
}

const END_AT_ZOHO =
  'Only its user can end it: on the accounts server of its data center, under Sessions, Connected Apps.';

/** Whether Zoho may still accept the stored refresh token: it is not one whose authorization has ended. */
async function mayBeValid(secrets: RoutedSecrets, { name, endedCredentials }: Connection): Promise<boolean> {
  const versionId = (await secrets.describe(name, 'credentials'))?.currentVersionId;
  return versionId !== undefined && !isVersionIn(endedCredentials, versionId);
}

/** Frees the name of the token secret for the stack, and keeps everything else. */
async function prepareDeclaration(
  session: Session,
  name: string,
  confirm: string | undefined,
): Promise<ExitCode> {
  const { terminal } = session.runtime;
  await confirmByName(session, name, {
    confirm,
    consequence: `The token secret of ${name} will be deleted. Its consumers have no token until the stack that declares it is deployed.`,
  });
  await changeRow(session, name, awaitDeclaration);
  terminal.print(`disabled: ${name}, until it is declared`);
  const secrets = await session.secrets();
  await secrets.deleteNow(name, 'access-token');
  terminal.print(`deleted: ${secrets.nameOf(name, 'access-token')}`);
  terminal.info(
    terminal.infoColors.dim(
      `  Next, declare ${name} in cdk.json and deploy. To undo this, run: zoho-tokens connect ${name} --data-center …`,
    ),
  );
  return 0;
}

/** Leaves a secret alone that is scheduled for deletion already, so that the command can be run again. */
async function scheduleDeletion(secrets: RoutedSecrets, name: string, kind: SecretKind): Promise<string> {
  const facts = await secrets.describe(name, kind);
  if (facts === undefined) return 'does not exist';
  if (facts.deletedAtMs === undefined) await secrets.scheduleDeletion(name, kind);
  return (await secrets.storeOf(name)) === 'dynamodb' ? 'deleted' : `deletion in ${RECOVERY_DAYS} days`;
}
