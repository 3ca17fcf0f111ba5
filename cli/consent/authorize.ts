import { type Connection, isRetired } from '../../lambdas/core/connection/connection.ts';
import {
  enableConnection,
  isDisabledByOperator,
} from '../../lambdas/core/connection/operator-transitions.ts';
import type { Grant } from '../../lambdas/core/consent/grant.ts';
import { missingScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CliError } from '../cli-error.ts';
import { findSharedClient } from '../clients/find-client-secret.ts';
import { changeRow } from '../connections/change-row.ts';
import { findConnection } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import { prepareCredentialsSecret } from '../secrets/credentials-secret.ts';
import type { Session } from '../session.ts';
import type { AuthorizationMode, AuthorizeRequest, BrowserSettings } from './authorization-mode.ts';
import { consentInBrowser } from './browser-consent.ts';
import type { BrowserConsent } from './browser-consent-request.ts';
import { chooseDataCenter } from './choose-data-center.ts';
import { chooseScopes } from './choose-scopes.ts';
import { findClient } from './find-client.ts';
import { importRefreshToken } from './import-token.ts';
import { type PipedInput, readPipedInput } from './piped-input.ts';
import type { StoreGrant } from './redeem-and-store.ts';
import { finishScopeChange } from './scope-change.ts';
import { consentAsSelfClient } from './self-client.ts';
import { type StoredGrant, storeGrant } from './store-grant.ts';
import { readStoredCredentials, type StoredCredentialsText } from './stored-credentials.ts';
import { warnOfLimit } from './warn-of-limit.ts';

/**
 * Gets a grant from Zoho, stores it, and waits for the first token. The old credentials stay in place until Zoho has issued
 * new ones, and are then replaced by one write.
 */
export async function authorize(
  session: Session,
  given: string,
  { dataCenter: givenDataCenter, mode, client: givenClient }: AuthorizeRequest,
): Promise<ExitCode> {
  const connection = await findConnection(session, given);
  const { name, row } = connection;
  if (row !== undefined) requireConnected(row);
  const secret = await prepareCredentialsSecret(session, name);
  const stored = await readStoredCredentials(session, name, secret);
  const piped = await readPipedInput(session, mode);
  const dataCenter = givenDataCenter ?? (await chooseDataCenter(session, connection, { piped, stored }));
  const scopes = await chooseScopes(session, connection, stored, mode);
  const isStoredSecretRejected = row?.lastFailure?.code === 'invalid_client_secret';
  const client =
    givenClient === undefined
      ? await findClient(session, name, { piped, stored, isStoredSecretRejected })
      : await findSharedClient(session, givenClient, dataCenter);
  if (mode.kind !== 'import') await warnOfLimit(session, client.clientId);
  let storedGrant: StoredGrant = { versionId: '', replaced: stored };
  const store: StoreGrant = async (grant) => {
    storedGrant = await storeGrant(session, name, grant, stored);
  };

  const grant = await obtainGrant(session, { name, client, dataCenter, scopes, piped, mode }, store);

  const { versionId, replaced } = storedGrant;
  reportGrant(session, name, { grant, scopes, replaced, mode });
  if (!(await enable(session, name))) return 0;
  const isLive = await refreshAndReport(session, name, { hasNewCredentials: true });
  if (mode.kind !== 'add-scopes') return isLive ? 0 : 1;
  return await finishScopeChange(session, name, {
    ...{ scopes, versionId, grant, isLive, stored: replaced },
    oldToken: mode.oldToken,
  });
}

/**
 * A connection that is not connected is not refreshed, so a consent would be useless. So it would be for one that follows
 * another deployment, which mints with its own credentials.
 */
function requireConnected(row: Connection): void {
  if (row.follows !== undefined) {
    const { secretPrefix } = row.follows;
    throw new CliError(
      `${row.name} follows the deployment ${secretPrefix}, which refreshes it with its own credentials.`,
      `Authorize it in that deployment, or finish the move first: zoho-tokens adopt --from ${secretPrefix} --finish ${row.name}`,
    );
  }
  const isUndeclared = isRetired(row);
  const isDisconnected = isDisabledByOperator(row, 'disconnected') && row.source !== 'declared';
  if (!isUndeclared && !isDisconnected) return;
  throw new CliError(
    isUndeclared ? `${row.name} is no longer declared.` : `${row.name} is disconnected.`,
    `To connect it again, run: zoho-tokens connect ${row.name} --data-center …`,
  );
}

async function obtainGrant(
  session: Session,
  request: Omit<BrowserConsent, keyof BrowserSettings> & {
    readonly piped: PipedInput;
    readonly mode: AuthorizationMode;
  },
  store: StoreGrant,
): Promise<Grant> {
  const { mode } = request;
  switch (mode.kind) {
    case 'import':
      return await importRefreshToken(session, request, store);
    case 'self-client':
      return await consentAsSelfClient(session, request, store);
    case 'browser':
    case 'add-scopes': {
      const { redirectUri, opensBrowser, redirected, acceptsSandbox } = mode;
      const settings = { redirectUri, opensBrowser, redirected, acceptsSandbox };
      return await consentInBrowser(session, { ...request, ...settings }, store);
    }
  }
}

function reportGrant(
  session: Session,
  name: string,
  {
    grant,
    scopes,
    replaced,
    mode,
  }: {
    readonly grant: Grant;
    readonly scopes: readonly string[];
    readonly replaced: StoredCredentialsText;
    readonly mode: AuthorizationMode;
  },
): void {
  const { terminal } = session.runtime;
  terminal.print(`stored: the credentials of ${name}, data center ${grant.dataCenter}`);
  const missing = grant.scope === undefined ? [] : missingScopes(scopes, grant.scope);
  if (missing.length > 0) {
    terminal.info(
      terminal.infoColors.yellow(
        `Zoho did not grant ${missing.join(', ')}. To request scopes again, run authorize again.`,
      ),
    );
  }
  const isKept = replaced.credentials?.refreshToken.reveal() === grant.refreshToken.reveal();
  if (replaced.credentials === undefined || isKept || mode.kind === 'add-scopes') return;
  terminal.info(
    `The old refresh token of ${name} is still valid at Zoho, as one of at most 20 per user and client. Once the new token is live, revoke it: zoho-tokens revoke ${name} --unused`,
  );
}

/** True for a connection that was revoked, or a declared one whose secrets were deleted: credentials enable it again. */
function waitsForCredentials(row: Connection): boolean {
  return (
    isDisabledByOperator(row, 'revoked') ||
    (row.source === 'declared' && isDisabledByOperator(row, 'disconnected'))
  );
}

/** Enables a connection that waits for credentials. False when it is paused, and so is not refreshed. */
async function enable(session: Session, name: string): Promise<boolean> {
  // Read again: another operator may have changed the row during the consent.
  const row = await (await session.connections()).read(name, session.signal());
  if (row === undefined) return true;
  if (isDisabledByOperator(row, 'paused')) {
    session.runtime.terminal.info(`${name} is paused. To resume it, run: zoho-tokens resume ${name}`);
    return false;
  }
  if (waitsForCredentials(row)) {
    await changeRow(session, name, (current, nowMs) =>
      waitsForCredentials(current) ? enableConnection(current, nowMs) : undefined,
    );
  }
  return true;
}
