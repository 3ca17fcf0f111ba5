import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import { missingScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CancelledError, CliError } from '../cli-error.ts';
import type { ExitCode } from '../exit-code.ts';
import { goLive } from '../refresher/refresh-and-report.ts';
import type { Session } from '../session.ts';
import { revokeRefreshToken } from '../zoho/revoke-token.ts';
import type { AuthorizationPlan } from './authorization-plan.ts';
import type { StoredBefore } from './find-client.ts';
import type { Grant } from './grant.ts';

/**
 * The end of a planned change of scopes. Only when a token with all of them is live is the old refresh token dispensable; when
 * there is none, the old credentials go back to where they were.
 */
export async function settleScopeChange(
  session: Session,
  name: string,
  change: {
    readonly plan: AuthorizationPlan;
    readonly before: StoredBefore;
    readonly granted: Grant;
    readonly isLive: boolean;
    readonly options: { readonly revokeOld?: boolean };
  },
): Promise<ExitCode> {
  const { terminal } = session.machine;
  const { plan, before, granted, isLive, options } = change;
  const table = await session.connections();
  const row = await table.read(name, session.signal());
  if (!isLive) {
    if (row?.status !== 'blocked' || before.text === undefined) return 1;
    await (await session.secrets()).writeCredentials(name, before.text);
    await goLive(session, name);
    throw new CliError(
      `Zoho refused the new credentials of ${name}: the old ones were put back.`,
      `zoho-tokens doctor ${name}`,
    );
  }
  const missing = missingScopes(plan.scopes, row?.scope ?? granted.scope ?? '');
  if (missing.length > 0) {
    throw new CliError(
      `The new token of ${name} lacks ${missing.join(', ')}. The old refresh token was left standing.`,
      'Ask for them again; the person has to tick all of them.',
    );
  }
  terminal.print(`verified: the token of ${name} has ${plan.scopes.join(', ')}`);
  return await offerRevocation(session, name, before, granted, options.revokeOld);
}

async function offerRevocation(
  session: Session,
  name: string,
  { credentials }: StoredBefore,
  granted: Grant,
  revokeOld: boolean | undefined,
): Promise<ExitCode> {
  const { terminal } = session.machine;
  const isSame = credentials?.refreshToken.reveal() === granted.refreshToken.reveal();
  if (credentials === undefined || isSame) return 0;
  const isWanted = revokeOld ?? (terminal.prompts.isInteractive && (await asksForRevocation(session, name)));
  if (!isWanted) {
    terminal.say(
      'The old refresh token still stands at Zoho: one of the 20 of this user and client. --revoke-old, or yes to the question, would have ended it.',
    );
    return 0;
  }
  const outcome = await revokeOldToken(session, name, credentials);
  terminal.print(
    outcome === 'revoked'
      ? `revoked: the old refresh token of ${name}`
      : 'The old refresh token stood no more.',
  );
  return 0;
}

/** By then the change is made: what cannot be revoked now is left to the person. */
async function revokeOldToken(session: Session, name: string, credentials: Credentials) {
  try {
    return await revokeRefreshToken(session.accounts, credentials, session.signal());
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(
      `The scopes of ${name} are changed, but its old refresh token could not be revoked: ${error.message}`,
      'It still stands at Zoho, as one of the 20 of this user and client.',
    );
  }
}

/** Ctrl-C is a no: the change is made by then. */
async function asksForRevocation({ machine }: Session, name: string): Promise<boolean> {
  try {
    return await machine.terminal.prompts.confirm({
      message: `Revoke the old refresh token of ${name}? Tokens minted with it end at once; consumers then read the new one.`,
      otherwise: 'Give --revoke-old.',
    });
  } catch (error) {
    if (error instanceof CancelledError) return false;
    throw error;
  }
}
