import type { Connection } from '../core/connection/connection.ts';
import { type Failure, InfrastructureError } from '../core/failures.ts';
import type { StoredCredentials } from '../core/ports.ts';
import {
  authorizationEnded,
  noCredentials,
  unreadableCredentials,
} from '../core/refresh/refresh-failures.ts';
import type { AttemptContext } from './refresh-context.ts';

/** Credentials that were read, before they are parsed. */
export type FoundCredentials = StoredCredentials & { readonly kind: 'found' };

/** The credentials of a connection, or why it has none that can be used. */
export type CredentialsRead =
  | { readonly kind: 'found'; readonly stored: FoundCredentials }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly cause?: unknown };

/** Reads the credentials secret. What a missing secret means depends on the row. Throws nothing but bugs. */
export async function readCredentials(
  { credentials, deadlines, settings }: AttemptContext,
  connection: Connection,
): Promise<CredentialsRead> {
  try {
    const stored = await credentials.read(connection.name, deadlines.work);
    if (stored.kind === 'found' && stored.versionId === connection.endedCredentials)
      return { kind: 'failed', failure: authorizationEnded(connection.name) };
    if (stored.kind === 'found') return { kind: 'found', stored };
    return { kind: 'failed', failure: noCredentials(settings.secretPrefix, connection.name) };
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    const failure = unreadableCredentials(settings.secretPrefix, connection, error.failure);
    return { kind: 'failed', failure, cause: error };
  }
}
