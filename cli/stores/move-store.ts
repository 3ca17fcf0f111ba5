import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { isFollowing } from '../../lambdas/core/connection/connection.ts';
import { dropDeadLease } from '../../lambdas/core/connection/lease.ts';
import type { Intent, SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import { findConnection, findRow } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import { NAME_OF_STORE } from '../reports/place.ts';
import { otherStoreThan } from '../secrets/leftovers.ts';
import type { Session } from '../session.ts';
import { copyCredentials } from './copy-credentials.ts';
import { removeLeftovers } from './remove-leftovers.ts';

/**
 * Moves the token and the credentials of a connection to the other store. Consumers read DynamoDB first and then Secrets Manager, and
 * nothing is deleted before the new store has a newer token. Until the move is finished, the refresher publishes in DynamoDB as well. So
 * consumers have a valid token all the time. Wherever it is interrupted, it can be run again.
 */
export async function moveStore(
  session: Session,
  given: string,
  { to, confirm }: { readonly to: SecretStoreName; readonly confirm: string | undefined },
): Promise<ExitCode> {
  const row = await findRow(session, given);
  const { name } = row;
  await refuseUnmovable(session, row, to);
  const { terminal } = session.runtime;
  const from: SecretStoreName = row.store ?? 'secrets-manager';
  if (from !== to) {
    await confirmByName(session, name, {
      confirm,
      consequence: `Consumers of ${name} will read its token from ${NAME_OF_STORE[to]}. Grant them that, and deploy them, first.`,
    });
    const { scopes, dataCenter } = await findConnection(session, name);
    await copyAndSwitch(session, name, { to, intent: { dataCenter, scopes } });
    terminal.print(`switched: ${name} is in ${NAME_OF_STORE[to]}`);
  }
  const isFinished = from === to && row.movedFrom === undefined;
  const isWaiting = row.status === 'disabled' || row.status === 'pending';
  if (isFinished || isWaiting) return await finish(session, name, to);
  if (!(await refreshAndReport(session, name, { hasNewCredentials: true }))) {
    const left = NAME_OF_STORE[otherStoreThan(to)];
    throw new CliError(
      `${name} is in ${NAME_OF_STORE[to]} and has no new token there yet. What is in ${left} was kept: consumers use it until it expires.`,
      `Find the cause: zoho-tokens doctor ${name}. Then run this command again.`,
    );
  }
  return await finish(session, name, to);
}

async function finish(session: Session, name: string, to: SecretStoreName): Promise<ExitCode> {
  const removed = await removeLeftovers(session, name, otherStoreThan(to));
  await changeRow(session, name, ({ movedFrom, ...others }) =>
    movedFrom === undefined ? undefined : others,
  );
  // A refresh that has ended meanwhile may have published in both stores.
  await removeLeftovers(session, name, otherStoreThan(to));
  const { terminal } = session.runtime;
  for (const line of removed) terminal.print(line);
  terminal.print(`moved: ${name} is in ${NAME_OF_STORE[to]}`);
  return 0;
}

async function refuseUnmovable(session: Session, row: Connection, to: SecretStoreName): Promise<void> {
  const { name } = row;
  const { fleet } = await session.deployment();
  if (row.source === 'declared') {
    throw new CliError(
      `${name} is declared in the stack's configuration: the stack created its token secret.`,
      'Only connections that were connected at run time can be stored in DynamoDB.',
    );
  }
  if (to === 'dynamodb' && fleet === undefined) {
    throw new CliError(
      'This deployment stores tokens in Secrets Manager only.',
      'Set connectedStore: dynamodb (or fleetShards) in its configuration, and deploy it.',
    );
  }
  if (isFollowing(row)) {
    throw new CliError(
      `${name} follows the deployment ${row.follows.secretPrefix}.`,
      `Finish that move first: zoho-tokens adopt --from ${row.follows.secretPrefix} --finish ${name}`,
    );
  }
}

/**
 * Copies the credentials, and lets the row point to the copy while no refresh is in progress. Credentials that were replaced meanwhile are
 * copied again: after the switch, nothing writes to the old store any more.
 */
async function copyAndSwitch(
  session: Session,
  name: string,
  { to, intent }: { readonly to: SecretStoreName; readonly intent: Intent },
): Promise<void> {
  const copied = await copyCredentials(session, name, { to, intent });
  await changeRow(session, name, (current, nowMs) =>
    (current.store ?? 'secrets-manager') === to ? undefined : inStore(current, { to, intent, copied, nowMs }),
  );
  const again = await copyCredentials(session, name, { to, intent });
  if (again?.versionId === copied?.versionId) return;
  await changeRow(session, name, (current) => ({ ...current, credentialsVersionId: undefined }));
}

/** The versions of credentials that are in the row: the copy of the current one has another one. */
interface Copied {
  readonly fromVersionId: string;
  readonly versionId: string;
}

function inStore(
  row: Connection,
  {
    to,
    intent,
    copied,
    nowMs,
  }: { to: SecretStoreName; intent: Intent; copied: Copied | undefined; nowMs: number },
): Connection {
  const { store: _, intent: _before, ...others } = dropDeadLease(row, nowMs);
  const movedFrom = otherStoreThan(to);
  const renamed = (versionId: string | undefined) =>
    versionId !== undefined && versionId === copied?.fromVersionId ? copied.versionId : versionId;
  return {
    ...others,
    movedFrom,
    ...(to === 'dynamodb' ? { store: to, intent } : {}),
    credentialsVersionId: renamed(row.credentialsVersionId),
    endedCredentials: renamed(row.endedCredentials),
    refusedCredentials: row.refusedCredentials.map((refused) => ({
      ...refused,
      versionId: renamed(refused.versionId) ?? refused.versionId,
    })),
    // If this command ends here, the schedule publishes a token in the new store.
    nextAttemptAtMs: row.status === 'disabled' ? row.nextAttemptAtMs : nowMs,
  };
}
