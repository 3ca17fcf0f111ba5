import { ownTags } from '../../lambdas/core/secrets/secret-tags.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import type { ExitCode } from '../exit-code.ts';
import { writeClient } from '../secrets/client-writes.ts';
import type { Session } from '../session.ts';
import { readNewClient } from './client-input.ts';
import { requireOwnSecret } from './find-client-secret.ts';

/** Stores a client that connections share. It is restored if it is scheduled for deletion, and replaced only if that is wanted. */
export async function addClient(
  session: Session,
  name: string,
  { dataCenter, replace = false }: { readonly dataCenter?: DataCenterLocation; readonly replace?: boolean },
): Promise<ExitCode> {
  const tags = ownTags(await session.deployment());
  const secrets = await session.secrets();
  const before = await secrets.describe(name, 'client');
  if (before !== undefined && !replace)
    throw new CliError(
      `There is a client ${name} already${before.deletedAtMs === undefined ? '' : ', scheduled for deletion'}.`,
      before.deletedAtMs === undefined
        ? `To change its secret, run: zoho-tokens client rotate ${name}. To replace it at once, add --replace.`
        : `To use it again, run: aws secretsmanager restore-secret --secret-id ${secrets.nameOf(name, 'client')}. To replace it, add --replace.`,
    );
  const value = await readNewClient(session, name, dataCenter);
  if (before?.deletedAtMs !== undefined) await secrets.restore(name, 'client');
  const secretName = secrets.nameOf(name, 'client');
  const isCreated =
    before === undefined && (await secrets.create(name, 'client', { tags, value })) !== undefined;
  if (!isCreated) {
    if (before === undefined) throw addedMeanwhile(name);
    await requireOwnSecret(session, name);
    const { currentVersionId } = before;
    const write = { secretName, text: value, label: 'AWSCURRENT', fromVersionId: currentVersionId } as const;
    const { kind } = await writeClient(session.aws.secretsManager, write, session.signal);
    if (kind === 'conflict') throw addedMeanwhile(name);
  }
  session.runtime.terminal.print(
    [
      `stored: the client ${name}, in ${secretName}`,
      `  To authorize a connection with it, run: zoho-tokens authorize NAME --client ${name}`,
    ].join('\n'),
  );
  return 0;
}

function addedMeanwhile(name: string): CliError {
  return new CliError(
    `Someone else stored the client ${name} meanwhile, and that one stands. Yours was not stored.`,
    'See: zoho-tokens client list',
  );
}
