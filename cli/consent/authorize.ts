import { type Connection, isRetired } from '../../lambdas/core/connection/connection.ts';
import { isSwitchedOff, switchOn } from '../../lambdas/core/connection/operator-transitions.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { missingScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CliError } from '../cli-error.ts';
import { changeRow } from '../connections/change-row.ts';
import { findConnection } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { goLive } from '../refresher/refresh-and-report.ts';
import type { Session } from '../session.ts';
import { type AuthorizationPlan, planAuthorization } from './authorization-plan.ts';
import { consentInBrowser } from './browser-consent.ts';
import { findClient, readPipedInput, readStoredBefore, type StoredBefore } from './find-client.ts';
import { composeCredentials, type Grant } from './grant.ts';
import { importRefreshToken } from './import-token.ts';
import { parseRedirectUri } from './redirect-uri.ts';
import { settleScopeChange } from './scope-change.ts';
import { consentAsSelfClient } from './self-client.ts';

/** The options of `authorize`. */
export interface AuthorizeOptions {
  readonly dataCenter?: DataCenterLocation;
  readonly scope: readonly string[];
  readonly addScope?: readonly string[];
  readonly redirectUri: string;
  readonly browser: boolean;
  readonly selfClient?: boolean;
  readonly import?: boolean;
  readonly revokeOld?: boolean;
}

/**
 * Gets a consent, stores what it gave, and waits for the first token. Until Zoho has given new credentials the old ones
 * stand; they are replaced whole, by one write.
 */
export async function authorize(
  session: Session,
  given: string,
  options: AuthorizeOptions,
): Promise<ExitCode> {
  const connection = await findConnection(session, given);
  const { name, row } = connection;
  if (row !== undefined) requireConnected(row);
  const redirectUri = parseRedirectUri(options.redirectUri);
  const before = await readStoredBefore(session, name);
  const piped = await readPipedInput(session, options.import === true || options.selfClient === true);
  const plan = await planAuthorization(session, connection, { before, piped }, options);
  const client = await findClient(session, name, { piped, before });

  let granted: Grant | undefined;
  const use = async (grant: Grant) => {
    await (await session.secrets()).writeCredentials(name, composeCredentials(grant, before.text));
    granted = grant;
  };
  const { dataCenter, scopes } = plan;
  if (options.import === true) await importRefreshToken(session, { name, client, dataCenter, piped }, use);
  else if (options.selfClient === true)
    await consentAsSelfClient(session, { client, dataCenter, piped }, use);
  else {
    const opensBrowser = options.browser;
    await consentInBrowser(session, { name, client, dataCenter, scopes, redirectUri, opensBrowser }, use);
  }
  if (granted === undefined) throw new Error('A consent has ended with neither a grant nor an error.');
  return await bringToLife(session, name, { plan, before, granted, options });
}

/** What is not connected would not be refreshed: a consent would be for nothing. */
function requireConnected(row: Connection): void {
  const isUndeclared = isRetired(row);
  if (!isUndeclared && !isSwitchedOff(row, 'disconnected')) return;
  throw new CliError(
    isUndeclared ? `${row.name} is no longer declared.` : `${row.name} is disconnected.`,
    `zoho-tokens connect ${row.name} --data-center … takes it back.`,
  );
}

async function bringToLife(
  session: Session,
  name: string,
  done: {
    readonly plan: AuthorizationPlan;
    readonly before: StoredBefore;
    readonly granted: Grant;
    readonly options: AuthorizeOptions;
  },
): Promise<ExitCode> {
  const { terminal } = session.machine;
  const { plan, granted } = done;
  terminal.print(`stored: the credentials of ${name}, data center ${granted.dataCenter}`);
  const missing = granted.scope === undefined ? [] : missingScopes(plan.scopes, granted.scope);
  if (missing.length > 0) {
    terminal.say(terminal.sideColors.yellow(`Zoho has not granted ${missing.join(', ')}.`));
  }
  // As it is now: somebody may have switched it off while the person was asked.
  const row = await (await session.connections()).read(name, session.signal());
  if (row !== undefined && isSwitchedOff(row, 'paused')) {
    terminal.say(`${name} is paused: zoho-tokens resume ${name} goes on.`);
    return 0;
  }
  if (row !== undefined && isSwitchedOff(row, 'revoked')) {
    await changeRow(session, name, (now, nowMs) =>
      isSwitchedOff(now, 'revoked') ? switchOn(now, nowMs) : undefined,
    );
  }
  const isLive = await goLive(session, name);
  return plan.isScopeChange ? await settleScopeChange(session, name, { ...done, isLive }) : isLive ? 0 : 1;
}
