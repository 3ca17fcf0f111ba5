import type { Grant } from '../../lambdas/core/consent/grant.ts';
import { missingScopes } from '../../lambdas/core/zoho/scopes.ts';
import { findSharedClient } from '../clients/find-client-secret.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import type { Session } from '../session.ts';
import type { AuthorizationMode, AuthorizeRequest, BrowserSettings } from './authorization-mode.ts';
import { consentInBrowser } from './browser-consent.ts';
import type { BrowserConsent } from './browser-consent-request.ts';
import { chooseDataCenter } from './choose-data-center.ts';
import { chooseScopes } from './choose-scopes.ts';
import { enableWithCredentials } from './enable-with-credentials.ts';
import { findClient } from './find-client.ts';
import { importRefreshToken } from './import-token.ts';
import { openForConsent } from './open-for-consent.ts';
import { type PipedInput, readPipedInput } from './piped-input.ts';
import { finishReauthorization, isRefreshTokenRefused } from './planned-reauthorization.ts';
import type { StoreGrant } from './redeem-and-store.ts';
import { consentAsSelfClient } from './self-client.ts';
import { type StoredGrant, storeGrant } from './store-grant.ts';
import type { StoredCredentialsText } from './stored-credentials.ts';
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
  const { connection, stored } = await openForConsent(session, given);
  const { name, row } = connection;
  const piped = await readPipedInput(session, mode);
  const dataCenter = givenDataCenter ?? (await chooseDataCenter(session, connection, { piped, stored }));
  const scopes = await chooseScopes(session, connection, stored, mode);
  const isStoredSecretRejected = row?.lastFailure?.code === 'invalid_client_secret';
  const client =
    givenClient === undefined
      ? await findClient(session, name, { piped, stored, isStoredSecretRejected, dataCenter })
      : await findSharedClient(session, givenClient, dataCenter);
  if (mode.kind !== 'import') await warnOfLimit(session, client.clientId);
  let storedGrant: StoredGrant = { versionId: '', replaced: stored };
  const store: StoreGrant = async (grant) => {
    storedGrant = await storeGrant(session, name, grant, stored);
  };

  const grant = await obtainGrant(session, { name, client, dataCenter, scopes, piped, mode }, store);

  const { versionId, replaced } = storedGrant;
  const isOldTokenRefused = isRefreshTokenRefused(row);
  reportGrant(session, name, { grant, scopes, replaced, mode, isOldTokenRefused });
  if (!(await enableWithCredentials(session, name))) return 0;
  const isLive = await refreshAndReport(session, name, { hasNewCredentials: true });
  if (mode.kind !== 'add-scopes') return isLive ? 0 : 1;
  return await finishReauthorization(session, name, {
    ...{ scopes, versionId, grant, isLive, stored: replaced, isOldTokenRefused },
    ...{ oldToken: mode.oldToken, done: `The scopes of ${name} were changed` },
  });
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
    isOldTokenRefused,
  }: {
    readonly grant: Grant;
    readonly scopes: readonly string[];
    readonly replaced: StoredCredentialsText;
    readonly mode: AuthorizationMode;
    /** Whether Zoho refuses the replaced refresh token: then there is nothing to revoke. */
    readonly isOldTokenRefused: boolean;
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
  if (replaced.credentials === undefined || isKept || isOldTokenRefused || mode.kind === 'add-scopes') return;
  terminal.info(
    `The old refresh token of ${name} is still valid at Zoho, as one of at most 20 per user and client. Once the new token is live, revoke it: zoho-tokens revoke ${name} --unused`,
  );
}
