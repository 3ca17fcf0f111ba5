import { type AuthorizedBy, UNKNOWN_PERSON } from '../../lambdas/core/consent/authorized-by.ts';
import { describeChange } from '../../lambdas/core/consent/describe-change.ts';
import { composeCredentials, type Grant } from '../../lambdas/core/consent/grant.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import { replacesVersion } from '../../lambdas/core/secrets/rotated-credentials.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import { lookAtCredentialsSecret, storeCredentials } from '../secrets/credentials-secret.ts';
import type { Session } from '../session.ts';
import { dropGrant } from './drop-grant.ts';
import { readStoredCredentials, type StoredCredentialsText } from './stored-credentials.ts';

/** Credentials that were stored. */
export interface StoredGrant {
  readonly versionId: string;
  /** What they replaced: not what was seen at the start, if someone else stored other credentials meanwhile. */
  readonly replaced: StoredCredentialsText;
}

/**
 * Stores a grant in the place of the credentials that were seen at the start. If others are current now, the user is told what changed
 * and asked; without a terminal, it fails. A grant that is not stored is revoked at Zoho.
 */
export async function storeGrant(
  session: Session,
  name: string,
  grant: Grant,
  seen: StoredCredentialsText,
): Promise<StoredGrant> {
  const authorizedBy: AuthorizedBy = {
    ...(grant.authorizedBy ?? UNKNOWN_PERSON),
    awsPrincipal: await session.principal(),
  };
  const text = (base: StoredCredentialsText) => composeCredentials({ ...grant, authorizedBy }, base.text);
  let base = seen;
  for (;;) {
    const write = await storeOrExplain(session, name, grant, {
      text: text(base),
      fromVersionId: base.versionId,
    });
    if (write.kind === 'stored') return { versionId: write.versionId, replaced: base };
    const current = await readStoredCredentials(session, name, await lookAtCredentialsSecret(session, name));
    if (!isRotationOf(base, current)) await confirmReplacement(session, name, { current, grant });
    base = current;
  }
}

/** The refresher stores a refresh token that Zoho has rotated. It belongs to the authorization that is replaced. */
function isRotationOf(base: StoredCredentialsText, current: StoredCredentialsText): boolean {
  if (base.versionId === undefined || current.text === undefined) return false;
  return replacesVersion(current.text, base.versionId);
}

/** After a failure, says what became of the new refresh token. An imported one is not new. */
async function storeOrExplain(
  session: Session,
  name: string,
  grant: Grant,
  write: Parameters<typeof storeCredentials>[2],
): ReturnType<typeof storeCredentials> {
  try {
    return await storeCredentials(session, name, write);
  } catch (error) {
    if (error instanceof InfrastructureError && grant.authorizedAtMs !== undefined) {
      const { terminal } = session.runtime;
      if (error.code === 'aws_access_denied')
        terminal.info(`Nothing was stored. ${await dropGrant(session, grant)}`);
      else
        terminal.info(
          `It is not known whether the new credentials of ${name} were stored. If they were not, their refresh token is unused at Zoho: zoho-tokens revoke ${name} --unused`,
        );
    }
    throw error;
  }
}

/** Throws unless the user wants to replace what someone else has stored. */
async function confirmReplacement(
  session: Session,
  name: string,
  { current, grant }: { readonly current: StoredCredentialsText; readonly grant: Grant },
): Promise<void> {
  const { terminal } = session.runtime;
  const changes = describeChange(current.credentials, current.storedAtMs, grant);
  const what = `Other credentials of ${name} were stored during this authorization:\n${changes.map((line) => `  ${line}`).join('\n')}`;
  if (!terminal.prompts.isInteractive) {
    throw new CliError(
      `${what}\nThey stand. ${await dropGrant(session, grant)}`,
      `If yours should replace them, run authorize again: zoho-tokens authorize ${name}`,
    );
  }
  terminal.info(terminal.infoColors.yellow(what));
  if (await agrees(session, name)) return;
  throw new CancelledError(
    `Cancelled. The other credentials of ${name} stand. ${await dropGrant(session, grant)}`,
  );
}

/** Ctrl-C means no: the new refresh token must still be revoked. */
async function agrees({ runtime }: Session, name: string): Promise<boolean> {
  try {
    return await runtime.terminal.prompts.confirm({
      message: `Replace these credentials of ${name} with yours?`,
      withoutTerminal: '',
    });
  } catch (error) {
    if (error instanceof CancelledError) return false;
    throw error;
  }
}
