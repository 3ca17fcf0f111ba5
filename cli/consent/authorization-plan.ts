import {
  DATA_CENTER_LOCATIONS,
  DATA_CENTERS,
  type DataCenterLocation,
} from '../../lambdas/core/zoho/data-centers.ts';
import { formatScopes, parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CliError } from '../cli-error.ts';
import type { KnownConnection } from '../connections/find-connection.ts';
import type { Session } from '../session.ts';
import type { AuthorizeOptions } from './authorize.ts';
import type { PipedInput, StoredBefore } from './find-client.ts';

/** Where the person is asked, and for what. */
export interface AuthorizationPlan {
  readonly dataCenter: DataCenterLocation;
  /** Empty when the refresh token has its scopes already: one of a self client, or from elsewhere. */
  readonly scopes: readonly string[];
  readonly isScopeChange: boolean;
}

/**
 * What was said on the command line goes first, then what was piped in, then what is known of the account, then what is
 * declared; else it is asked for.
 */
export async function planAuthorization(
  session: Session,
  connection: KnownConnection,
  { before, piped }: { readonly before: StoredBefore; readonly piped: PipedInput },
  options: AuthorizeOptions,
): Promise<AuthorizationPlan> {
  const { addScope } = options;
  const dataCenter =
    options.dataCenter ??
    piped.dataCenter ??
    before.credentials?.dataCenter ??
    connection.dataCenter ??
    (await askDataCenter(session, connection.name));
  if (options.import === true || options.selfClient === true) {
    return { dataCenter, scopes: [], isScopeChange: false };
  }
  if (addScope === undefined) {
    return {
      dataCenter,
      scopes: await chooseScopes(session, connection, before, options),
      isScopeChange: false,
    };
  }
  return { dataCenter, scopes: widerScopes(connection, before, addScope), isScopeChange: true };
}

/** The scopes that are granted and the new ones: a consent to the new ones alone would take the old ones away. */
function widerScopes(
  { name, row }: KnownConnection,
  { credentials }: StoredBefore,
  added: readonly string[],
): readonly string[] {
  const granted = parseScopes(row?.scope ?? credentials?.scope ?? '');
  if (credentials === undefined || granted.length === 0) {
    throw new CliError(
      `${name} has no credentials that can be read, or its granted scopes are not known: there is nothing to add to.`,
      `zoho-tokens authorize ${name} --scope … asks for all of them.`,
    );
  }
  return parseScopes(formatScopes([...granted, ...added]));
}

async function chooseScopes(
  session: Session,
  { name, scopes, row }: KnownConnection,
  { credentials }: StoredBefore,
  { scope }: AuthorizeOptions,
): Promise<readonly string[]> {
  if (scope.length > 0) return scope;
  if (scopes.length > 0) return scopes;
  const granted = parseScopes(row?.scope ?? credentials?.scope ?? '');
  if (granted.length > 0) return granted;
  const answer = await session.machine.terminal.prompts.text({
    message: `Which scopes does ${name} need? Comma-separated`,
    placeholder: 'ZohoCRM.modules.ALL',
    otherwise: 'Give --scope.',
    fault: (given) => (parseScopes(given).length === 0 ? 'Name at least one scope.' : undefined),
  });
  return parseScopes(answer);
}

async function askDataCenter(session: Session, name: string): Promise<DataCenterLocation> {
  return await session.machine.terminal.prompts.select({
    message: `Where does the Zoho account of ${name} live? Look at the address when you are signed in.`,
    otherwise: 'Give --data-center. It is never guessed: a wrong one looks like wrong credentials.',
    options: DATA_CENTER_LOCATIONS.map((value) => ({
      value,
      label: `${value}   ${new URL(DATA_CENTERS[value].accountsServer).host}`,
    })),
  });
}
