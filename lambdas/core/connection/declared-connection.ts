import type { DataCenterLocation } from '../zoho/data-centers.ts';
import type { Severity } from './connection.ts';

/** A connection as configured at deploy time. */
export interface DeclaredConnection {
  /** Where its Zoho account lives. The credentials' own data center decides where they are sent. */
  readonly dataCenter: DataCenterLocation;
  /** OAuth scopes that consumers rely on, e.g. `ZohoCRM.modules.ALL`. A granted set that lacks one is scope drift. */
  readonly scopes: readonly string[];
  /** Who is notified about problems of this connection. @default page */
  readonly severity?: Severity | undefined;
}

export type DeclaredConnections = Readonly<Record<string, DeclaredConnection>>;

/**
 * The declaration of a connection, or undefined. Properties of every object, such as `constructor`, are not
 * declarations.
 */
export function declarationOf(declared: DeclaredConnections, name: string): DeclaredConnection | undefined {
  return Object.hasOwn(declared, name) ? declared[name] : undefined;
}
