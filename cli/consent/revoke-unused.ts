import { AUTHORIZED } from '../../lambdas/adapters/consent/credentials-writes.ts';
import { type Authorization, parseAuthorization } from '../../lambdas/core/secrets/credentials.ts';
import { replacesVersion } from '../../lambdas/core/secrets/rotated-credentials.ts';
import { isVersionIn } from '../../lambdas/core/secrets/shared-client.ts';
import { CliError } from '../cli-error.ts';
import { confirmByName } from '../connections/confirm-by-name.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { revokeOrThrow } from '../zoho/revoke-token.ts';

/**
 * Revokes the refresh tokens that a connection no longer uses: the one that the current credentials replaced, and that of an
 * authorization that did not finish. Both are in older versions of the credentials secret.
 */
export async function revokeUnused(
  session: Session,
  name: string,
  confirm: string | undefined,
): Promise<ExitCode> {
  const { terminal } = session.runtime;
  const unused = await findUnused(session, name);
  if (unused.length === 0) {
    terminal.print(`nothing to revoke: no earlier refresh token of ${name} is known`);
    return 0;
  }
  await confirmByName(session, name, {
    confirm,
    consequence: `Zoho will end ${unused.length === 1 ? 'an earlier refresh token' : `${unused.length} earlier refresh tokens`} of ${name} permanently. A connection that uses the same one stops working.`,
  });
  for (const authorization of unused) {
    const outcome = await revokeOrThrow(session, authorization);
    terminal.print(
      `${outcome === 'revoked' ? 'revoked' : 'already invalid'}: an earlier refresh token of ${name}, at Zoho (${authorization.dataCenter})`,
    );
  }
  return 0;
}

async function findUnused(session: Session, name: string): Promise<readonly Authorization[]> {
  const secrets = await session.secrets();
  const current = await secrets.readLabelled(name, 'AWSCURRENT');
  if (current === undefined) {
    throw new CliError(
      `${name} has no credentials, so nothing says which refresh tokens it uses.`,
      `Run: zoho-tokens authorize ${name}`,
    );
  }
  const live = parseAuthorization(current.text);
  const row = await (await session.connections()).read(name, session.signal());
  if (!live.ok || !isVersionIn(row?.credentialsVersionId, current.versionId)) {
    throw new CliError(
      `The current credentials of ${name} have not issued a token yet, so the earlier ones may be needed again.`,
      `Run: zoho-tokens refresh ${name}, and then this command again`,
    );
  }
  const older = await Promise.all(
    ['AWSPREVIOUS', AUTHORIZED].map((label) => secrets.readLabelled(name, label)),
  );
  const tokens = new Set([live.authorization.refreshToken.reveal()]);
  return older.flatMap((version) => {
    // A refresh token that Zoho has rotated belongs to the authorization in use.
    if (version === undefined || replacesVersion(current.text, version.versionId)) return [];
    const parsed = parseAuthorization(version.text);
    if (!parsed.ok || tokens.has(parsed.authorization.refreshToken.reveal())) return [];
    tokens.add(parsed.authorization.refreshToken.reveal());
    return [parsed.authorization];
  });
}
