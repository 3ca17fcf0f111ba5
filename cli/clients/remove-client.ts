import pMap from 'p-map';
import { referredClient } from '../../lambdas/core/secrets/credentials.ts';
import { readIfAllowed } from '../aws/try-read.ts';
import { CliError } from '../cli-error.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import type { ExitCode } from '../exit-code.ts';
import { firstNames } from '../reports/first-names.ts';
import { RECOVERY_DAYS } from '../secrets/connection-secrets.ts';
import { listSecretsOf } from '../secrets/list-secrets.ts';
import type { Session } from '../session.ts';
import { requireOwnSecret } from './find-client-secret.ts';

const READS_AT_ONCE = 20;

/** Schedules the deletion of a client that no connection uses. */
export async function removeClient(
  session: Session,
  name: string,
  { confirm }: { readonly confirm?: string },
): Promise<ExitCode> {
  const { terminal } = session.runtime;
  await session.deployment();
  const secrets = await session.secrets();
  const secretName = secrets.nameOf(name, 'client');
  const { deletedAtMs } = await requireOwnSecret(session, name);
  const restore = `  To restore it, run: aws secretsmanager restore-secret --secret-id ${secretName}`;
  if (deletedAtMs !== undefined) {
    terminal.print(`nothing to do: ${secretName} is scheduled for deletion already\n${restore}`);
    return 0;
  }
  const users = await terminal.withProgress(`Looking for connections of ${name}`, () =>
    connectionsOf(session, name),
  );
  if (users.length > 0) throw inUse(name, users);
  await confirmByName(session, name, {
    confirm,
    what: 'client',
    consequence: `The secret of the client ${name} will be deleted in ${RECOVERY_DAYS} days, and cannot be used from now on. At Zoho the client stays registered.`,
  });
  await secrets.scheduleDeletion(name, 'client');
  terminal.print(`deletion in ${RECOVERY_DAYS} days: ${secretName}\n${restore}`);
  return 0;
}

/** The connections whose credentials refer to a client. Of credentials that the user may not read, the row says it. */
async function connectionsOf(session: Session, client: string): Promise<readonly string[]> {
  const { secretPrefix } = await session.deployment();
  const secrets = await session.secrets();
  const listed = await listSecretsOf(session.aws.secretsManager, secretPrefix, 'credentials');
  const rows = await session.list();
  const sealed = rows.flatMap((row) => ('malformed' in row || row.store !== 'dynamodb' ? [] : [row.name]));
  const ofRows = new Set(
    rows.flatMap((row) => ('malformed' in row || row.client !== client ? [] : [row.name])),
  );
  const users = await pMap(
    [...new Set([...listed, ...sealed])].sort(),
    async (name) => {
      const read = await readIfAllowed(async () => ({
        found: await secrets.readLabelled(name, 'AWSCURRENT'),
      }));
      if (read === undefined) return ofRows.has(name) ? [name] : [];
      return read.found !== undefined && referredClient(read.found.text) === client ? [name] : [];
    },
    { concurrency: READS_AT_ONCE },
  );
  return users.flat();
}

function inUse(name: string, users: readonly string[]): CliError {
  return new CliError(
    `${users.length === 1 ? 'One connection uses' : `${users.length} connections use`} the client ${name}: ${firstNames(users)}. Nothing was changed.`,
    'Move each to another client (zoho-tokens move NAME --client OTHER), or disconnect it. Then run this command again.',
  );
}
