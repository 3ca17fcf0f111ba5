import type { Connection } from '../core/connection/connection.ts';
import type { DeclaredConnections } from '../core/connection/declared-connection.ts';
import { incidentOfClient } from '../core/incidents/client-incidents.ts';
import {
  type ClientUser,
  type ClientUsersSummary,
  NO_USERS,
  withUsers,
} from '../core/incidents/client-users.ts';
import type { ConnectionStore } from '../core/ports.ts';

/** The connections that use a client, as far as a tick has read them. */
export interface KnownUsers {
  /** Those that have an incident of the client. */
  readonly members: readonly ClientUser[];
  /** What is known of all of them. */
  readonly summary: ClientUsersSummary;
  /** Reads some more, for all that wait for them. False if there are no more. Throws `InfrastructureError`. */
  readMore(): Promise<boolean>;
}

/** The connections that use clients, as a tick knows them. */
export interface ClientUsersMemory {
  /** From an index, so they may be a moment old. */
  of(client: string, signal: AbortSignal): KnownUsers;
  /** The row of one of them, strongly consistent. */
  confirmed(connection: string, signal: AbortSignal): Promise<Connection | undefined>;
}

/**
 * Reads the work list at most once per tick for each client, no further than someone needs it, and each row that has to be confirmed
 * once. What failed is read anew.
 */
export function rememberClientUsers(
  { usersOf, read }: Pick<ConnectionStore, 'usersOf' | 'read'>,
  declaredConnections: DeclaredConnections,
): ClientUsersMemory {
  const known = new Map<string, KnownUsers>();
  const rows = new Map<string, Promise<Connection | undefined>>();
  return {
    of(client, signal) {
      const users =
        known.get(client) ??
        readUsers(usersOf(client, signal), {
          client,
          declaredConnections,
          onFailed: () => known.delete(client),
        });
      known.set(client, users);
      return users;
    },
    confirmed(connection, signal) {
      const row = rows.get(connection) ?? read(connection, signal);
      rows.set(connection, row);
      row.catch(() => rows.delete(connection));
      return row;
    },
  };
}

interface Reading {
  readonly client: string;
  readonly declaredConnections: DeclaredConnections;
  readonly onFailed: () => void;
}

function readUsers(
  listed: ReturnType<ConnectionStore['usersOf']>,
  { client, declaredConnections, onFailed }: Reading,
): KnownUsers {
  const pages = listed[Symbol.asyncIterator]();
  const members: ClientUser[] = [];
  let summary = NO_USERS;
  let reading: Promise<boolean> | undefined;

  async function readPage(): Promise<boolean> {
    const { value, done } = await pages.next();
    if (done === true) return false;
    summary = withUsers(summary, value, declaredConnections);
    for (const user of value.users) if (incidentOfClient(user, client) !== undefined) members.push(user);
    return true;
  }

  return {
    members,
    get summary() {
      return summary;
    },
    readMore() {
      reading ??= readPage()
        .catch((error: unknown) => {
          onFailed();
          throw error;
        })
        .finally(() => {
          reading = undefined;
        });
      return reading;
    },
  };
}
