import type { Connection } from '../connection/connection.ts';
import { nextLookAtMs } from './refresh-decision.ts';
import { pendingRefused, TOKEN_REPLACED } from './refresh-failures.ts';
import { recordRefusal } from './refused-credentials.ts';

/**
 * The row after Zoho refused the new secret of a client as well. It blocks nothing: whether the connection is blocked depends on the
 * current one.
 */
export function withRefusedPending(
  connection: Connection,
  versionId: string,
  { nowMs, parkAfterMs }: { readonly nowMs: number; readonly parkAfterMs?: number | undefined },
): Connection {
  const { lastFailure, refusedCredentials, client } = connection;
  const refused: Connection = {
    ...connection,
    lastFailure: lastFailure && { ...lastFailure, message: pendingRefused(client) },
    refusedCredentials: recordRefusal(refusedCredentials, versionId, nowMs),
  };
  return { ...refused, nextAttemptAtMs: nextLookAtMs(refused, nowMs, parkAfterMs) };
}

/**
 * The row after Zoho refused credentials that others have replaced, which are tried at the next tick. A connection that is blocked
 * stays so until then, and takes them for new ones.
 */
export function withSuccessor(
  failed: Connection,
  {
    credentialsVersionId,
    successorVersionId,
  }: { readonly credentialsVersionId: string | undefined; readonly successorVersionId: string },
  nowMs: number,
): Connection {
  const { status, lastFailure, refusedCredentials } = failed;
  return {
    ...failed,
    ...(status === 'blocked'
      ? {}
      : {
          status: status === 'cooling-down' ? 'active' : status,
          credentialsVersionId: successorVersionId,
        }),
    lastFailure: lastFailure && { ...lastFailure, message: TOKEN_REPLACED },
    refusedCredentials:
      credentialsVersionId === undefined
        ? refusedCredentials
        : recordRefusal(refusedCredentials, credentialsVersionId, nowMs),
    nextAttemptAtMs: nowMs,
  };
}
