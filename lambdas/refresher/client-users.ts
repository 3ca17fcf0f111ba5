import type { Connection } from '../core/connection/connection.ts';
import type { ClientUsers } from '../core/incidents/client-notification.ts';
import type { ConnectionStore } from '../core/ports.ts';

/** The connections that use a client, as a tick knows them. */
export interface ClientUsersMemory {
  /** From an index, so it may be a moment old. */
  of(client: string, signal: AbortSignal): Promise<ClientUsers>;
  /** The row of one of them, strongly consistent. */
  confirmed(connection: string, signal: AbortSignal): Promise<Connection | undefined>;
}

/** Reads the work list once per tick for each client, and each row that has to be confirmed once. */
export function rememberClientUsers({
  usersOf,
  read,
}: Pick<ConnectionStore, 'usersOf' | 'read'>): ClientUsersMemory {
  return { of: once(usersOf), confirmed: once(read) };
}

function once<Answer>(ask: (name: string, signal: AbortSignal) => Promise<Answer>) {
  const known = new Map<string, Promise<Answer>>();
  return (name: string, signal: AbortSignal): Promise<Answer> => {
    const answer = known.get(name) ?? ask(name, signal);
    known.set(name, answer);
    answer.catch(() => known.delete(name));
    return answer;
  };
}
