import type { Connection } from '../core/connection/connection.ts';
import { type Failure, InfrastructureError } from '../core/failures.ts';
import type { StoredCredentials } from '../core/ports.ts';
import {
  authorizationEnded,
  noCredentials,
  unreadableCredentials,
} from '../core/refresh/refresh-failures.ts';
import { referredClient } from '../core/secrets/credentials.ts';
import {
  type ClientVersion,
  isClientName,
  isVersionIn,
  unknownClient,
  versionOfBoth,
} from '../core/secrets/shared-client.ts';
import type { AttemptContext } from './refresh-context.ts';

/** Credentials that were read, before they are parsed. */
export type FoundCredentials = StoredCredentials & {
  readonly kind: 'found';
  /** The client, if the credentials refer to one that connections share. */
  readonly shared?: SharedUse | undefined;
};

/** A client with the version of its secret that is to be used. */
export interface SharedUse {
  readonly name: string;
  readonly version: ClientVersion;
  /** The current version, if a pending one is to be used. */
  readonly replaces?: string;
}

/** The credentials of a connection, or why it has none that can be used. */
export type CredentialsRead =
  | {
      readonly kind: 'found';
      readonly stored: FoundCredentials;
      /** The same with the new secret of their client, which is used if Zoho refuses the current one. */
      readonly alternative?: FoundCredentials | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly cause?: unknown;
      /** The client that cannot be found. */
      readonly client?: string | undefined;
    };

/** Identifies what Zoho judges: the version of the credentials, and that of their client. */
export function judgedVersionOf({ versionId, shared }: FoundCredentials): string {
  return shared === undefined ? versionId : versionOfBoth(versionId, shared.version.versionId);
}

/**
 * Reads the credentials secret, and the client that it refers to. What a missing secret means depends on the row. Throws nothing but
 * bugs.
 */
export async function readCredentials(
  context: AttemptContext,
  connection: Connection,
): Promise<CredentialsRead> {
  const { credentials, deadlines, settings } = context;
  try {
    const stored = await credentials.read(connection.name, deadlines.work);
    if (stored.kind === 'found' && isVersionIn(connection.endedCredentials, stored.versionId))
      return { kind: 'failed', failure: authorizationEnded(connection.name) };
    if (stored.kind === 'found') return await withClient(context, stored);
    return { kind: 'failed', failure: noCredentials(settings.secretPrefix, connection) };
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    const failure = unreadableCredentials(settings.secretPrefix, connection, error.failure);
    return { kind: 'failed', failure, cause: error };
  }
}

async function withClient(
  { clients, deadlines, settings }: AttemptContext,
  stored: FoundCredentials,
): Promise<CredentialsRead> {
  const name = referredClient(stored.text);
  if (!isClientName(name)) return { kind: 'found', stored };
  const client = await clients.read(name, deadlines.work);
  if (client === undefined)
    return { kind: 'failed', failure: unknownClient(settings.secretPrefix, name), client: name };
  const { current, pending } = client;
  return {
    kind: 'found',
    stored: { ...stored, shared: { name, version: current } },
    alternative: pending && {
      ...stored,
      shared: { name, version: pending, replaces: current.versionId },
    },
  };
}
