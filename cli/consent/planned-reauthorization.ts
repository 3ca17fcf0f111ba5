import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { Grant } from '../../lambdas/core/consent/grant.ts';
import { classOf } from '../../lambdas/core/failures.ts';
import { type Authorization, parseAuthorization } from '../../lambdas/core/secrets/credentials.ts';
import { missingScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import type { Session } from '../session.ts';
import { revokeOrThrow } from '../zoho/revoke-token.ts';
import type { StoredCredentialsText } from './stored-credentials.ts';

/** A change of scopes, or a move, after the new credentials were stored and a token was requested. */
export interface PlannedReauthorization {
  /** What has succeeded once the new token is live, as the first part of a sentence. */
  readonly done: string;
  /** All scopes that the new token must have. */
  readonly scopes: readonly string[];
  /** The old credentials. */
  readonly stored: Pick<StoredCredentialsText, 'text'>;
  /** The version with the new credentials. */
  readonly versionId: string;
  readonly grant: Grant;
  /** Whether a token was issued with the new credentials. */
  readonly isLive: boolean;
  readonly oldToken: 'revoke' | 'ask';
  /** Whether Zoho refuses the old refresh token: then nothing is asked about it. */
  readonly isOldTokenRefused: boolean;
}

/** True if Zoho did not accept the refresh token at the last attempt, so there is nothing to revoke. */
export function isRefreshTokenRefused(row: Pick<Connection, 'lastFailure'> | undefined): boolean {
  return row?.lastFailure !== undefined && classOf(row.lastFailure.code) === 'reauthorize';
}

/**
 * Finishes a planned authorization. The old refresh token may be revoked only after a token with all scopes is live. If Zoho refuses the
 * new credentials, the old ones are restored.
 */
export async function finishReauthorization(
  session: Session,
  name: string,
  change: PlannedReauthorization,
): Promise<ExitCode> {
  const { scopes, stored, versionId, grant, isLive } = change;
  const table = await session.connections();
  const row = await table.read(name, session.signal());
  if (!isLive) {
    if (row?.status !== 'blocked' || stored.text === undefined) return 1;
    const { kind } = await (await session.secrets()).replaceCredentials(name, stored.text, versionId);
    await refreshAndReport(session, name);
    if (kind === 'conflict') {
      throw new CliError(
        `Zoho refused the new credentials of ${name}. Others were stored meanwhile, and stand.`,
        `Run: zoho-tokens doctor ${name}`,
      );
    }
    throw new CliError(
      `Zoho refused the new credentials of ${name}. The old credentials were restored.`,
      `Run: zoho-tokens doctor ${name}`,
    );
  }
  const missing = missingScopes(scopes, row?.scope ?? grant.scope ?? '');
  if (missing.length > 0) {
    throw new CliError(
      `The new token of ${name} lacks ${missing.join(', ')}. The old refresh token was not revoked.`,
      'Start again, and accept all scopes on the consent page.',
    );
  }
  session.runtime.terminal.print(`verified: the token of ${name} has ${scopes.join(', ')}`);
  return await settleOldToken(session, name, change);
}

async function settleOldToken(
  session: Session,
  name: string,
  { stored: { text }, grant, oldToken, isOldTokenRefused, done }: PlannedReauthorization,
): Promise<ExitCode> {
  const { terminal } = session.runtime;
  const old = text && parseAuthorization(text);
  if (old?.ok !== true || old.authorization.refreshToken.reveal() === grant.refreshToken.reveal()) return 0;
  if (oldToken === 'ask' && isOldTokenRefused) return 0;
  if (oldToken === 'ask' && !(await confirmsRevocation(session, name))) {
    terminal.info(
      `The old refresh token is still valid at Zoho, as one of at most 20 per user and client. With --revoke-old it is revoked; later, run: zoho-tokens revoke ${name} --unused`,
    );
    return 0;
  }
  const outcome = await revokeOldToken(session, old.authorization, done);
  terminal.print(
    outcome === 'revoked'
      ? `revoked: the old refresh token of ${name}`
      : `already invalid: the old refresh token of ${name}`,
  );
  return 0;
}

/** The change itself has succeeded, so the error must not say that nothing was changed. */
async function revokeOldToken(session: Session, old: Authorization, done: string) {
  try {
    return await revokeOrThrow(session, old);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(
      `${done}, but its old refresh token could not be revoked: ${error.message}`,
      'It is still valid at Zoho, as one of at most 20 per user and client. The connection works; no action is needed.',
    );
  }
}

/** No without a terminal. Ctrl-C means no, because the change is done. */
async function confirmsRevocation({ runtime }: Session, name: string): Promise<boolean> {
  const { prompts } = runtime.terminal;
  if (!prompts.isInteractive) return false;
  try {
    return await prompts.confirm({
      message: `Revoke the old refresh token of ${name}? Its access tokens stop working at once; consumers then read the new one.`,
      withoutTerminal: 'Use --revoke-old.',
    });
  } catch (error) {
    if (error instanceof CancelledError) return false;
    throw error;
  }
}
