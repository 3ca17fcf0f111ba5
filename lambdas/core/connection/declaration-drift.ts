import { missingScopes } from '../zoho/scopes.ts';
import type { Connection } from './connection.ts';
import type { DeclaredConnection } from './declared-connection.ts';

/** How the grant differs from the configuration. */
export interface DeclarationDrift {
  /** Declared and not granted: consumers that need them get errors until the connection is authorized again. */
  readonly missingScopes: readonly string[];
  /** The declared data center, if the credentials are of another one. The credentials decide where they are sent. */
  readonly declaredDataCenter: string | undefined;
}

/**
 * The drift of a connection. There is none if it is not declared; no scope is missing while the granted ones are
 * unknown.
 */
export function driftOf(connection: Connection, declared: DeclaredConnection | undefined): DeclarationDrift {
  if (declared === undefined) return { missingScopes: [], declaredDataCenter: undefined };
  const { scope = '', dataCenter } = connection;
  return {
    missingScopes: scope === '' ? [] : missingScopes(declared.scopes, scope),
    declaredDataCenter: dataCenter === declared.dataCenter ? undefined : declared.dataCenter,
  };
}
