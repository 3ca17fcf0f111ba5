import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { UsageError } from '../cli-error.ts';
import { parseRedirectUri, type RedirectUri } from './redirect-uri.ts';

/** The options of a consent in a browser, as commander returns them. */
export interface BrowserOptions {
  readonly redirectUri: string;
  readonly browser: boolean;
  readonly redirected?: string;
  readonly sandbox?: boolean;
  readonly identify?: boolean;
}

/** The options of `authorize`. */
export interface AuthorizeOptions extends BrowserOptions {
  readonly dataCenter?: DataCenterLocation;
  readonly scope: readonly string[];
  readonly addScope?: readonly string[];
  readonly selfClient?: boolean;
  readonly import?: boolean;
  readonly revokeOld?: boolean;
  readonly client?: string;
}

/** How the user is sent to the consent page and back. */
export interface BrowserSettings {
  readonly redirectUri: RedirectUri;
  readonly opensBrowser: boolean;
  /** Whether the address at which the browser ended is read from stdin. */
  readonly redirected: boolean;
  /** Whether the user may pick a sandbox of the CRM without a question. */
  readonly acceptsSandbox: boolean;
  /** Whether Zoho is asked who consents, which needs one more scope. */
  readonly identifies: boolean;
}

/** How the connection gets its refresh token. */
export type AuthorizationMode =
  /** The user consents in the browser. `scopes` is empty when none were given on the command line. */
  | ({ readonly kind: 'browser'; readonly scopes: readonly string[] } & BrowserSettings)
  /** The user consents in the browser to the granted scopes and to more. */
  | ({
      readonly kind: 'add-scopes';
      readonly added: readonly string[];
      /** What to do with the old refresh token once the new one works. */
      readonly oldToken: 'revoke' | 'ask';
    } & BrowserSettings)
  /** The user generated a code in the API console. */
  | { readonly kind: 'self-client' }
  /** The user has a refresh token. */
  | { readonly kind: 'import' };

/** What `authorize` was asked to do. */
export interface AuthorizeRequest {
  /** Undefined when not given on the command line. */
  readonly dataCenter: DataCenterLocation | undefined;
  readonly mode: AuthorizationMode;
  /** The shared client to use. */
  readonly client?: string | undefined;
}

/** Parses the options. Throws {@link UsageError} for options that are not valid, alone or together. */
export function parseAuthorizeOptions(options: AuthorizeOptions): AuthorizeRequest {
  return { dataCenter: options.dataCenter, mode: parseMode(options), client: options.client };
}

/** Parses how the user is sent to the consent page. Throws {@link UsageError}. */
export function parseBrowserSettings(options: BrowserOptions): BrowserSettings {
  const redirected = isRedirected(options.redirected);
  return {
    redirectUri: parseRedirectUri(options.redirectUri),
    opensBrowser: options.browser && !redirected,
    redirected,
    acceptsSandbox: options.sandbox === true,
    identifies: options.identify === true,
  };
}

function parseMode(options: AuthorizeOptions): AuthorizationMode {
  const browser = parseBrowserSettings(options);
  if (options.import === true) return { kind: 'import' };
  if (options.selfClient === true) {
    if (options.browser) return { kind: 'self-client' };
    throw new UsageError(
      '--no-browser cannot be used with --self-client, which opens no browser.',
      'Remove one of the two options.',
    );
  }
  if (options.addScope === undefined) return { kind: 'browser', scopes: options.scope, ...browser };
  const oldToken = options.revokeOld === true ? 'revoke' : 'ask';
  return { kind: 'add-scopes', added: options.addScope, oldToken, ...browser };
}

/** The address holds a code, which other users of the machine could read among the arguments. */
function isRedirected(given: string | undefined): boolean {
  if (given === undefined || given === '-') return given === '-';
  throw new UsageError(
    'The value of --redirected must be - (value omitted).',
    'Pipe in the address at which the browser ended. It holds a code, so it must not be an argument.',
  );
}
