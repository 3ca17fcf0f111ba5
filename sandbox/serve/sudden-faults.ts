import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { isLeased } from '../../lambdas/core/connection/lease.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';
import type { ClientCredentials } from '../zoho/zoho-simulator.ts';
import type { SuddenFault } from './fault-requests.ts';
import { readSecret, readStoredConnection, type SecretDocument } from './stored-connection.ts';

/** What a fault has done, and what the API console would show. */
export type Happened = { readonly done: string } & Partial<ClientCredentials>;

/**
 * Lets a token expire, or a user of Zoho revoke something or regenerate a secret. The token is the one that is published where the row of
 * the connection says. Throws an error that says why it cannot.
 */
export async function happen(deployment: LocalDeployment<Clock>, fault: SuddenFault): Promise<Happened> {
  const { connection } = fault;
  const stored = await readStoredConnection(deployment, connection);
  const { token, credentials } = stored;
  if (token === undefined || credentials === undefined) {
    throw new Error(
      `There is no connection ${JSON.stringify(connection.slice(0, 64))} with a token. Wait for its first refresh, or authorize it: zoho-tokens status`,
    );
  }
  switch (fault.kind) {
    case 'revoke-token':
      deployment.zoho.forget(token.access_token ?? '');
      return {
        done: `Zoho rejects the published token of ${connection}.${ofYoung(token, deployment.clock.now())}`,
      };
    case 'expire-token':
      return await expireToken(deployment, { ...stored, token });
    case 'revoke-authorization':
      deployment.zoho.revoke(credentials.refresh_token ?? '');
      return {
        done: `Zoho rejects the refresh token of ${connection} and all its access tokens. To repair: zoho-tokens authorize ${connection}`,
      };
    case 'regenerate-secret':
      return regenerateSecret(deployment, credentials, fault);
  }
}

/** As if the refresher had not renewed it in time: it is due, and the row says that it has expired. */
async function expireToken(
  deployment: LocalDeployment<Clock>,
  {
    row,
    token,
    replaceToken,
  }: Awaited<ReturnType<typeof readStoredConnection>> & { readonly token: SecretDocument },
): Promise<Happened> {
  const nowMs = deployment.clock.now();
  if (row?.token === undefined) throw new Error('The connection has no row yet. Wait for the next tick.');
  const { name } = row;
  if (isLeased(row, nowMs)) throw new Error(`${name} is being refreshed. Repeat the request.`);
  deployment.zoho.forget(token.access_token ?? '');
  // All of it is earlier: a token that lived shorter than others would be a change of Zoho's contract.
  const issuedAtMs = nowMs - (row.token.expiresAtMs - row.token.issuedAtMs);
  const now = new Date(nowMs).toISOString();
  const issuedAt = new Date(issuedAtMs).toISOString();
  const versionId = await replaceToken({
    ...token,
    issued_at: issuedAt,
    expires_at: now,
    refresh_after: now,
  });
  const expired = {
    ...row,
    token: {
      ...row.token,
      issuedAtMs,
      expiresAtMs: nowMs,
      ...(versionId === undefined ? {} : { versionId }),
    },
    nextAttemptAtMs: Math.min(row.nextAttemptAtMs, nowMs),
  };
  const table = createConnectionTable(deployment.dependencies.aws.dynamoDb, deployment.config.tableName);
  const written = await table.replaceIfFree(row, expired, nowMs, AbortSignal.timeout(5_000));
  if (!written.written) throw new Error(`${name} is being refreshed. Repeat the request.`);
  return {
    done: `The published token of ${name} has expired. The next tick, or zoho-tokens refresh ${name}, replaces it. To keep it expired, send {"kind":"stop-refresher"} first.`,
  };
}

function regenerateSecret(
  deployment: LocalDeployment<Clock>,
  credentials: SecretDocument,
  { connection, keepsOld = false }: Extract<SuddenFault, { kind: 'regenerate-secret' }>,
): Happened {
  const { client } = credentials;
  const { client_id: clientId } =
    client === undefined ? credentials : (readSecret(deployment, `zoho/${client}/client`) ?? {});
  if (clientId === undefined) throw new Error(`The client of ${connection} is not known.`);
  const repair =
    client === undefined ? 'docs/runbooks/ClientSecretRegenerated.md' : `zoho-tokens client rotate ${client}`;
  return {
    done: `The client of ${connection} has a new secret. Zoho ${keepsOld ? 'still accepts' : 'refuses'} the old one. To repair: ${repair}`,
    ...deployment.zoho.regenerateSecret(clientId, { keepsOld }),
  };
}

/** As the client has it. */
const YOUNG_S = 30;

/** Says that a new process does not ask for another token yet, if that is so. */
function ofYoung({ issued_at: issuedAt = '' }: SecretDocument, nowMs: number): string {
  const ageS = Math.floor((nowMs - Date.parse(issuedAt)) / 1000);
  return ageS >= 0 && ageS < YOUNG_S
    ? ` It is ${ageS} s old: a process that has not used it yet asks for another one in ${YOUNG_S - ageS} s.`
    : '';
}
