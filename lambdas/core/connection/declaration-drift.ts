import { missingScopes } from '../zoho/scopes.ts';
import type { Connection } from './connection.ts';
import type { DeclaredConnection } from './declared-connection.ts';

/** How what Zoho granted differs from what the configuration says. */
export interface DeclarationDrift {
  /** Declared and not granted: consumers that need them get errors. Mended by a planned re-authorization. */
  readonly missingScopes: readonly string[];
  /** Where the configuration has the account, when the credentials belong elsewhere. The credentials' own word counts. */
  readonly declaredDataCenter: string | undefined;
}

/** The drift of a connection. None for one that is not declared, or whose granted scopes are not known. */
export function driftOf(connection: Connection, declared: DeclaredConnection | undefined): DeclarationDrift {
  if (declared === undefined) return { missingScopes: [], declaredDataCenter: undefined };
  const { scope = '', dataCenter } = connection;
  return {
    missingScopes: scope === '' ? [] : missingScopes(declared.scopes, scope),
    declaredDataCenter: dataCenter === declared.dataCenter ? undefined : declared.dataCenter,
  };
}
