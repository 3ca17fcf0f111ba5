import type { Connection, ConnectionSource } from '../../lambdas/core/connection/connection.ts';
import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { ConnectionSecrets, SecretFacts } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';

/** What there is of one connection under the deployment's prefix. */
export interface Remains {
  readonly name: string;
  readonly row: Connection | MalformedRow | undefined;
  readonly source: ConnectionSource;
  readonly store: SecretStoreName;
  readonly credentials: SecretFacts | undefined;
  readonly token: SecretFacts | undefined;
}

/** The deployment that adopts. */
export interface Adopter {
  readonly session: Session;
  readonly deployment: Deployment;
  /** Those of the store of the connection. */
  readonly secrets: ConnectionSecrets;
}
