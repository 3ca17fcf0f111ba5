import type { Grant } from '../../lambdas/core/consent/grant.ts';
import { formatScopes, parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CliError } from '../cli-error.ts';
import { tagsFor } from '../connections/connection-tags.ts';
import type { KnownConnection } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import type { Session } from '../session.ts';
import type { BrowserSettings } from './authorization-mode.ts';
import { consentInBrowser } from './browser-consent.ts';
import { chooseScopes } from './choose-scopes.ts';
import { dropGrant } from './drop-grant.ts';
import { enableWithCredentials } from './enable-with-credentials.ts';
import { abbreviateId } from './find-client.ts';
import { type Move, type MoveRequest, planMove } from './move-target.ts';
import { openForConsent } from './open-for-consent.ts';
import { finishReauthorization, isRefreshTokenRefused } from './planned-reauthorization.ts';
import { type StoredGrant, storeGrant } from './store-grant.ts';
import { switchToSharedClient } from './switch-to-shared-client.ts';
import { warnOfLimit } from './warn-of-limit.ts';

/** How a connection is moved. */
export interface MoveSettings {
  readonly target: MoveRequest;
  readonly browser: BrowserSettings;
  /** Scopes to request in place of those that are granted; empty when not given. */
  readonly scopes: readonly string[];
  /** What to do with the old refresh token once the new one works. */
  readonly oldToken: 'revoke' | 'ask';
}

/**
 * Moves a connection to another client or data center. A refresh token is valid only where it was issued, so a user consents again.
 * The old credentials are used until the new ones are stored, and are restored if Zoho refuses the new ones.
 */
export async function moveConnection(
  session: Session,
  given: string,
  { target, browser, scopes: givenScopes, oldToken }: MoveSettings,
): Promise<ExitCode> {
  const { connection, stored } = await openForConsent(session, given);
  const { name, row } = connection;
  const move = await planMove(session, connection, stored, target);
  const { client, dataCenter, from, fromClient } = move;
  const { terminal } = session.runtime;
  if (fromClient?.clientId === client.clientId && from.dataCenter === dataCenter) {
    if (client.client !== undefined && fromClient.client !== client.client)
      return await switchToSharedClient(session, name, { stored, client: client.client });
    terminal.print(`nothing to move: ${name} uses ${describeClient(client)} in ${dataCenter} already`);
    return 0;
  }
  const granted = parseScopes(row?.scope ?? from.scope ?? '');
  const kept = parseScopes(formatScopes([...granted, ...connection.scopes]));
  const scopes = await chooseScopes(session, connection, stored, {
    ...{ kind: 'browser', scopes: givenScopes.length > 0 ? givenScopes : kept },
    ...browser,
  });
  announce(session, name, move);
  await warnOfLimit(session, client.clientId);
  let storedGrant: StoredGrant = { versionId: '', replaced: stored };
  const grant = await consentInBrowser(
    session,
    { name, client, dataCenter, scopes, ...browser },
    async (obtained) => {
      await requireDataCenter(session, obtained, move);
      storedGrant = await storeGrant(session, name, obtained, stored);
    },
  );

  terminal.print(
    `stored: the credentials of ${name}, ${describeClient(client)}, data center ${grant.dataCenter}`,
  );
  if (!(await enableWithCredentials(session, name))) return 0;
  const isLive = await refreshAndReport(session, name, { hasNewCredentials: true });
  if (isLive) await tagDataCenter(session, connection, move);
  const { versionId, replaced } = storedGrant;
  return await finishReauthorization(session, name, {
    ...{ scopes, versionId, grant, isLive, oldToken },
    isOldTokenRefused: isRefreshTokenRefused(connection.row),
    ...{ stored: replaced, done: `${name} was moved` },
  });
}

/** The steps, for an operator who has not read the runbook. */
function announce(session: Session, name: string, { client, dataCenter, from, fromClient }: Move): void {
  const before = fromClient === undefined ? 'a client that cannot be read' : describeClient(fromClient);
  session.runtime.terminal.info(
    [
      `${name} is moved from ${before} in ${from.dataCenter} to ${describeClient(client)} in ${dataCenter}:`,
      '  1. A user of the Zoho account consents again.',
      '  2. The new credentials are stored, and a token is requested. If Zoho refuses them, the old ones are restored.',
      '  3. The old refresh token is revoked if you agree.',
    ].join('\n'),
  );
}

/** Nothing is stored for an account that is elsewhere than where the connection is moved to. */
async function requireDataCenter(session: Session, grant: Grant, { dataCenter }: Move): Promise<void> {
  if (grant.dataCenter === dataCenter) return;
  throw new CliError(
    `The Zoho account of the user who consented is in data center ${grant.dataCenter}, not in ${dataCenter}. The old credentials stand. ${await dropGrant(session, grant)}`,
    `Consent as a user of the account in ${dataCenter}. If the account is in ${grant.dataCenter}, add --data-center ${grant.dataCenter}.`,
  );
}

/** The tags of a connection that was added at run time say where its account should be. */
async function tagDataCenter(
  session: Session,
  { name, source, scopes, dataCenter: before }: KnownConnection,
  { dataCenter }: Move,
): Promise<void> {
  if (source !== 'connected' || before === dataCenter) return;
  const tags = tagsFor(await session.deployment(), { dataCenter, scopes });
  await (await session.secrets()).tag(name, 'access-token', tags);
}

function describeClient({
  clientId,
  client,
}: {
  readonly clientId: string;
  readonly client?: string | undefined;
}) {
  return client === undefined ? `its own client ${abbreviateId(clientId)}` : `the client ${client}`;
}
