import type { Connection } from '../connection/connection.ts';
import { type DeclaredConnections, declarationOf } from '../connection/declared-connection.ts';
import { firstOf } from '../describe-given.ts';
import { ENOUGH_WEIGHT, weightOf } from './alarm-weight.ts';
import { type FailedConnection, isClientRefused, severityOf } from './problems.ts';

/** A connection that uses a client, as far as notifications about the client need it. */
export type ClientUser = Pick<Connection, 'name' | 'source' | 'severity' | 'incidents'> & FailedConnection;

/** Some of the connections that use a client. */
export interface ClientUsers {
  readonly users: readonly ClientUser[];
  /** How many connections were looked at, of any client. */
  readonly scanned: number;
}

/** How many connections are named. */
const NAMED = 5;

/** What a notification says of the connections that use a client. It takes the same memory for any number of them. */
export interface ClientUsersSummary {
  readonly count: number;
  readonly refused: number;
  /** Of those that are refused, the first by name. */
  readonly firstRefused: readonly string[];
  readonly hasOneThatPages: boolean;
  readonly addedAtRunTime: number;
  /** How many connections there are, of any client. */
  readonly fleetSize: number;
}

export const NO_USERS: ClientUsersSummary = {
  ...{ count: 0, refused: 0, firstRefused: [], hasOneThatPages: false, addedAtRunTime: 0, fleetSize: 0 },
};

/** The summary with more of the connections. */
export function withUsers(
  summary: ClientUsersSummary,
  { users, scanned }: ClientUsers,
  declaredConnections: DeclaredConnections,
): ClientUsersSummary {
  const declarations = users.map((user) => declarationOf(declaredConnections, user.name));
  const refused = users.filter(isClientRefused).map(({ name }) => name);
  return {
    count: summary.count + users.length,
    refused: summary.refused + refused.length,
    firstRefused: [...summary.firstRefused, ...refused].sort().slice(0, NAMED),
    hasOneThatPages:
      summary.hasOneThatPages ||
      users.some((user, index) => severityOf(user, declarations[index]) === 'page'),
    addedAtRunTime: summary.addedAtRunTime + declarations.filter((declared) => declared === undefined).length,
    fleetSize: summary.fleetSize + scanned,
  };
}

/**
 * A page if a connection that uses the client pages by itself, or if so many that were added at run time use it that they set off the
 * alarms of the fleet. Otherwise a ticket.
 */
export function levelOfClient({
  hasOneThatPages,
  addedAtRunTime,
  fleetSize,
}: ClientUsersSummary): 'page' | 'ticket' {
  const weight = addedAtRunTime * weightOf(undefined, fleetSize);
  return hasOneThatPages || weight >= ENOUGH_WEIGHT ? 'page' : 'ticket';
}

/** Which connections are blocked, in words. */
export function describeUsers({ count, refused, firstRefused }: ClientUsersSummary): string {
  return `${refused} of ${count} that use the client are blocked: ${firstOf(firstRefused, NAMED, refused).join(', ')}`;
}
