import type { AnnouncedAuthorization } from '../consent/announced-authorization.ts';
import { isRefusedOnce } from '../refresh/refused-credentials.ts';
import type { Connection, ConnectionStatus } from './connection.ts';

/**
 * Changes of a connection that other programs may act on.
 * - `blocked`: Zoho refuses the credentials and has repeated it, or they cannot be parsed: an operator must act
 * - `refused`: Zoho refuses the credentials for the first time. It is asked again before the connection is blocked
 * - `recovered`: Zoho accepts the credentials of a connection that was blocked
 * - `refreshed`: a new token is published
 */
export const CONNECTION_STATES = ['refused', 'blocked', 'recovered', 'refreshed'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** Source and detail type of the events, for EventBridge rules. */
export const EVENT_SOURCE = 'zoho-token-refresher';
export const EVENT_DETAIL_TYPE = 'Zoho Connection State Change';

/** One change of one connection, as it is announced. Contains no secrets. */
export interface StateChange {
  readonly state: ConnectionState;
  /** The row after the change. */
  readonly connection: Connection;
  readonly previousStatus: ConnectionStatus;
  readonly atMs: number;
  /** Of the credentials that were used. Undefined if none could be parsed. */
  readonly authorization?: AnnouncedAuthorization | undefined;
}

/** The changes that one committed attempt made to a connection. */
export function stateChangesOf(
  before: Connection,
  after: Connection,
  { atMs, authorization }: Pick<StateChange, 'atMs' | 'authorization'>,
): StateChange[] {
  const states: ConnectionState[] = [];
  if (isRefusedOnce(after) && !isRefusedOnce(before)) states.push('refused');
  if (after.status === 'blocked' && before.status !== 'blocked') states.push('blocked');
  if (after.status === 'active' && before.status === 'blocked') states.push('recovered');
  if (after.publishedGeneration > before.publishedGeneration) states.push('refreshed');
  const previousStatus = before.status;
  return states.map((state) => ({ state, connection: after, previousStatus, atMs, authorization }));
}
