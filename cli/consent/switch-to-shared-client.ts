import { referToClient } from '../../lambdas/core/consent/grant.ts';
import { CliError } from '../cli-error.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import { storeCredentials } from '../secrets/credentials-secret.ts';
import type { Session } from '../session.ts';
import type { StoredCredentialsText } from './stored-credentials.ts';

/**
 * Lets credentials refer to a shared client that has the same client id as they have now. Their refresh token belongs to it already, so
 * no one has to consent. If Zoho refuses them with the secret of the shared client, the old credentials are restored.
 */
export async function switchToSharedClient(
  session: Session,
  name: string,
  { stored, client }: { readonly stored: StoredCredentialsText; readonly client: string },
): Promise<ExitCode> {
  const { terminal } = session.runtime;
  const { text, versionId: fromVersionId } = stored;
  if (text === undefined) throw new Error('credentials that were not read cannot be switched');
  const write = await storeCredentials(session, name, { text: referToClient(text, client), fromVersionId });
  if (write.kind === 'conflict') {
    throw new CliError(
      `Other credentials of ${name} were stored meanwhile, and stand.`,
      'Run the command again.',
    );
  }
  terminal.print(
    `stored: the credentials of ${name} refer to the client ${client}, which has the same id. No one has to consent.`,
  );
  if (await refreshAndReport(session, name, { hasNewCredentials: true })) return 0;
  const row = await (await session.connections()).read(name, session.signal());
  if (row?.status !== 'blocked') return 1;
  const secrets = await session.secrets();
  const { kind } = await secrets.replaceCredentials(name, text, write.versionId);
  await refreshAndReport(session, name);
  throw new CliError(
    `Zoho refused the credentials of ${name} with the client ${client}. ${kind === 'conflict' ? 'Others were stored meanwhile, and stand.' : 'The old credentials were restored.'}`,
    `If the secret of the client is wrong, run: zoho-tokens client rotate ${client}. Then run this command again.`,
  );
}
