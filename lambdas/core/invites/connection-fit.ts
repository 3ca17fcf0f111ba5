import { type Connection, hasValidToken, isInService, isRetired } from '../connection/connection.ts';
import { isDisabledByOperator } from '../connection/operator-transitions.ts';
import { isVersionIn } from '../secrets/shared-client.ts';
import type { Invite } from './invite.ts';

/** True if credentials of the connection are used: it is not disconnected, undeclared, or refreshed by another deployment. */
export function isConnected(row: Connection | undefined): boolean {
  return (
    row !== undefined &&
    row.follows === undefined &&
    !isRetired(row) &&
    !isDisabledByOperator(row, 'disconnected')
  );
}

/** The incarnation that a connection has, or will have once it is connected anew. */
export function incarnationOf(row: Connection | undefined): number {
  if (row === undefined) return 0;
  return (row.incarnation ?? 0) + (isConnected(row) ? 0 : 1);
}

/** True if the invite is still about this connection. One that creates it has no incarnation before that. */
export function fitsConnection(
  { creates, incarnation }: Pick<Invite, 'creates' | 'incarnation'>,
  row: Connection | undefined,
): boolean {
  if (creates === undefined) return isConnected(row) && incarnationOf(row) === incarnation;
  if (incarnation === undefined) return !isConnected(row) && row?.follows === undefined;
  return incarnationOf(row) === incarnation;
}

/** True if the published token was issued with this version of the credentials. */
export function isLiveWith(row: Connection | undefined, versionId: string, nowMs: number): boolean {
  return (
    row !== undefined &&
    isInService(row.status) &&
    hasValidToken(row, nowMs) &&
    isVersionIn(row.credentialsVersionId, versionId)
  );
}
