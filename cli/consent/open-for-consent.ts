import { findConnection } from '../connections/find-connection.ts';
import { prepareCredentialsSecret } from '../secrets/credentials-secret.ts';
import type { Session } from '../session.ts';
import { requireConnected } from './enable-with-credentials.ts';
import { readStoredCredentials } from './stored-credentials.ts';

/** A connection that may be authorized, and its stored credentials. Throws if it is not connected, or its secret belongs to someone else. */
export async function openForConsent(session: Session, given: string) {
  const connection = await findConnection(session, given);
  const { name, row } = connection;
  if (row !== undefined) requireConnected(row);
  const secret = await prepareCredentialsSecret(session, name);
  return { connection, stored: await readStoredCredentials(session, name, secret) };
}
