import { PROFILE_SCOPE } from '../../lambdas/adapters/consent/who-consented.ts';
import { formatScopes, parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { CliError } from '../cli-error.ts';
import type { KnownConnection } from '../connections/find-connection.ts';
import type { Session } from '../session.ts';
import type { AuthorizationMode, BrowserSettings } from './authorization-mode.ts';
import type { StoredCredentialsText } from './stored-credentials.ts';

/** The scopes to request. Empty when no consent is requested, because the code or refresh token has its scopes already. */
export async function chooseScopes(
  session: Session,
  connection: KnownConnection,
  stored: StoredCredentialsText,
  mode: AuthorizationMode,
): Promise<readonly string[]> {
  const granted = parseScopes(connection.row?.scope ?? stored.credentials?.scope ?? '');
  switch (mode.kind) {
    case 'import':
    case 'self-client':
      return [];
    case 'add-scopes':
      if (stored.credentials === undefined || granted.length === 0) throw noGrantedScopes(connection.name);
      // A consent to the added scopes alone would remove the granted ones.
      return identifying(mode, [...granted, ...mode.added]);
    case 'browser': {
      const [known] = [mode.scopes, connection.scopes, granted].filter((scopes) => scopes.length > 0);
      return identifying(mode, known ?? (await askScopes(session, connection.name)));
    }
  }
}

/** Without duplicates, and with the scope that says who consents if that is wanted. */
function identifying({ identifies }: BrowserSettings, scopes: readonly string[]): readonly string[] {
  return parseScopes(formatScopes(identifies ? [...scopes, PROFILE_SCOPE] : scopes));
}

async function askScopes(session: Session, name: string): Promise<readonly string[]> {
  const answer = await session.runtime.terminal.prompts.text({
    message: `Which scopes does ${name} need? (comma-separated)`,
    placeholder: 'ZohoCRM.modules.ALL',
    withoutTerminal: 'Use --scope.',
    validate: (given) => (parseScopes(given).length === 0 ? 'Enter at least one scope.' : undefined),
  });
  return parseScopes(answer);
}

function noGrantedScopes(name: string): CliError {
  return new CliError(
    `Scopes cannot be added to ${name}: its credentials are unreadable, or its granted scopes are not known.`,
    `Request all scopes: zoho-tokens authorize ${name} --scope …`,
  );
}
