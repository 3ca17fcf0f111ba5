import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import {
  type Authorization,
  type Credentials,
  parseAuthorization,
  referredClient,
} from '../../lambdas/core/secrets/credentials.ts';
import type { DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import { type ConsentClient, findSharedClient } from '../clients/find-client-secret.ts';
import type { KnownConnection } from '../connections/find-connection.ts';
import type { Session } from '../session.ts';
import { findClient } from './find-client.ts';
import { NOTHING_PIPED } from './piped-input.ts';
import type { StoredCredentialsText } from './stored-credentials.ts';

/** Where a connection is moved to, as given on the command line. One of both is given. */
export interface MoveRequest {
  readonly client: string | undefined;
  readonly dataCenter: DataCenterLocation | undefined;
}

/** A move that is possible. */
export interface Move {
  /** What the old credentials are. Their client may be gone. */
  readonly from: Authorization;
  readonly fromClient: Pick<Credentials, 'clientId' | 'client'> | undefined;
  readonly client: ConsentClient;
  readonly dataCenter: DataCenterLocation;
}

/** Finds where a connection is moved from, and the client to move it to. Throws {@link CliError}. */
export async function planMove(
  session: Session,
  { name, row }: KnownConnection,
  stored: StoredCredentialsText,
  { client: givenClient, dataCenter: givenDataCenter }: MoveRequest,
): Promise<Move> {
  const fix = `To authorize it, run: zoho-tokens authorize ${name}`;
  if (stored.text === undefined)
    throw new CliError(`${name} has no credentials that you may read, so nothing can be moved.`, fix);
  const parsed = parseAuthorization(stored.text);
  if (!parsed.ok) throw new CliError(parsed.failure.message, fix);
  const from = parsed.authorization;
  const dataCenter = givenDataCenter ?? from.dataCenter;
  await requireDeclaredIn(session, name, dataCenter);
  const shared = givenClient ?? referredClient(stored.text);
  const client =
    shared === undefined
      ? await findClient(session, name, {
          piped: NOTHING_PIPED,
          dataCenter,
          stored,
          isStoredSecretRejected: row?.lastFailure?.code === 'invalid_client_secret',
        })
      : await findSharedClient(session, shared, dataCenter);
  return { from, fromClient: stored.credentials, client, dataCenter };
}

/** The data center of a declared connection is in its configuration, which the CLI cannot edit. */
async function requireDeclaredIn(
  session: Session,
  name: string,
  dataCenter: DataCenterLocation,
): Promise<void> {
  const { declaredConnections } = await session.refresherSettings();
  const declared = declarationOf(declaredConnections, name);
  if (declared === undefined || declared.dataCenter === dataCenter) return;
  throw new CliError(
    `${name} is declared in data center ${declared.dataCenter}, not in ${dataCenter}. Nothing was changed.`,
    `In the configuration (cdk.json, or your file in config/), set "dataCenter": "${dataCenter}" in place of "${declared.dataCenter}" for "${name}", and deploy: the old credentials stay in use. Then run this command again.`,
  );
}
