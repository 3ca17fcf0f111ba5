import { recordChallenge } from '../connection/complaints.ts';
import type { Complaints, Connection, FollowingConnection } from '../connection/connection.ts';
import { recordPublish } from '../connection/mint-budget.ts';
import { type Failure, isClientFailure, policyOf } from '../failures.ts';
import type { AccessToken } from '../secrets/access-token.ts';
import type { Decline } from './declines.ts';
import { nextLookAtMs, type RefreshRequest } from './refresh-decision.ts';
import { unconfirmed } from './refresh-failures.ts';
import { withRefusedPending, withSuccessor } from './refusal-transitions.ts';
import { isConfirmed, recordAcceptance, recordRefusal } from './refused-credentials.ts';
import {
  coolDownMs,
  pendingPollMs,
  type Random,
  THROTTLE_WINDOW_MS,
  transientBackoffMs,
} from './renewal-times.ts';

/** What an attempt did before it failed. The row has to account for it. */
export interface FailedAttempt {
  readonly failure: Failure;
  /** False only when it is certain that Zoho was not called: then the call is not counted. */
  readonly zohoWasAsked: boolean;
  /** True if Zoho issued a token, even if it was not published: the credentials are valid. */
  readonly tokenWasMinted: boolean;
  /** True when a version may have been written to the token secret. */
  readonly versionMayBeWritten: boolean;
  /** Version of the credentials that were used, if they could be read. */
  readonly credentialsVersionId: string | undefined;
  /** Version of the credentials that replaces the one that Zoho refused, and is current now. */
  readonly successorVersionId?: string | undefined;
  /** The shared client, if the credentials refer to one. */
  readonly client?: UsedClient | undefined;
  /** The OAuth client, if the credentials could be read. */
  readonly clientKey?: string | undefined;
  /** True if Zoho refuses many connections of several clients at once. */
  readonly isMassRefusal: boolean;
  /** A higher generation that was found in the token secret. The next one must be higher still. */
  readonly generationFound: number | undefined;
}

/** A shared client, as an attempt used it. */
export interface UsedClient {
  readonly name: string;
  /** True if its new secret was used, because Zoho refuses the current one. */
  readonly isPending: boolean;
}

export interface PublishedAttempt {
  readonly token: AccessToken;
  readonly versionId: string;
  readonly credentialsVersionId: string;
  /** Name of the shared client, if the credentials refer to one. */
  readonly client?: string | undefined;
  readonly clientKey?: string | undefined;
  /** Host of the `api_domain` that Zoho sent and that is not published. */
  readonly ignoredApiDomain?: string | undefined;
}

/** When an attempt failed, and what decides how long the next one waits. */
export interface FailureMoment {
  readonly nowMs: number;
  readonly random: Random;
  /** How long a connection is blocked before it is parked. @default never */
  readonly parkAfterMs?: number | undefined;
}

/** The row after a token was minted and published. */
export function afterSuccess(leased: Connection, attempt: PublishedAttempt): Connection {
  const { credentialsVersionId } = attempt;
  return {
    ...afterPublish(leased, attempt),
    ignoredApiDomain: attempt.ignoredApiDomain,
    credentialsVersionId,
    client: attempt.client,
    clientKey: attempt.clientKey,
    refusedCredentials: recordAcceptance(leased.refusedCredentials, credentialsVersionId),
  };
}

/** The row after the token of the followed deployment was republished. `followedGeneration` is that token's own. */
export function afterRepublish(
  leased: FollowingConnection,
  attempt: Pick<PublishedAttempt, 'token' | 'versionId'> & { readonly followedGeneration: number },
): Connection {
  const follows = { ...leased.follows, generation: attempt.followedGeneration };
  return { ...afterPublish(leased, attempt), follows };
}

/** The lease is released, failures are reset, the next refresh is planned. */
function afterPublish(
  leased: Connection,
  { token, versionId }: Pick<PublishedAttempt, 'token' | 'versionId'>,
): Connection {
  return {
    ...leased,
    status: 'active',
    publishedGeneration: token.generation,
    lease: undefined,
    nextAttemptAtMs: token.refreshAfterMs,
    token: { versionId, issuedAtMs: token.issuedAtMs, expiresAtMs: token.expiresAtMs },
    apiDomain: token.apiDomain,
    dataCenter: token.dataCenter,
    scope: token.scope,
    publishesMs: recordPublish(leased.publishesMs, token.issuedAtMs),
    failures: 0,
    lastFailure: undefined,
  };
}

/**
 * The row after a failed attempt. The published token is kept: consumers use it until it expires. `seen` is the row
 * before the lease was taken. If Zoho issued a token and only the publish failed, the connection is no longer blocked
 * or cooling down.
 */
export function afterFailure(
  { seen, leased }: { seen: Connection; leased: Connection },
  attempt: FailedAttempt,
  { nowMs, random, parkAfterMs }: FailureMoment,
): Connection {
  // A holder that reports after its lease ended was frozen, or its clock was set forward, which must not end the counting of versions.
  const writtenAtMs = Math.min(nowMs, leased.lease?.untilMs ?? nowMs);
  const released: Connection = {
    ...leased,
    status: attempt.tokenWasMinted ? 'active' : leased.status,
    generation: Math.max(leased.generation, attempt.generationFound ?? 0),
    lease: undefined,
    mintsMs: attempt.zohoWasAsked ? leased.mintsMs : seen.mintsMs,
    publishesMs: attempt.versionMayBeWritten
      ? recordPublish(leased.publishesMs, writtenAtMs)
      : leased.publishesMs,
    ...(attempt.clientKey === undefined ? {} : { clientKey: attempt.clientKey }),
    credentialsVersionId:
      (attempt.tokenWasMinted ? attempt.credentialsVersionId : undefined) ?? leased.credentialsVersionId,
    refusedCredentials: attempt.tokenWasMinted
      ? recordAcceptance(leased.refusedCredentials, attempt.credentialsVersionId)
      : leased.refusedCredentials,
  };
  return withFailure(released, attempt, { nowMs, random, parkAfterMs });
}

/** The row after a failure without a lease: the credentials could not be read, are missing, or are no longer wanted. */
export function withFailure(
  before: Connection,
  {
    failure,
    credentialsVersionId,
    successorVersionId,
    isMassRefusal,
    client,
  }: Pick<
    FailedAttempt,
    'failure' | 'credentialsVersionId' | 'successorVersionId' | 'isMassRefusal' | 'client'
  >,
  { nowMs, random, parkAfterMs }: FailureMoment,
): Connection {
  const isRead = credentialsVersionId !== undefined || client !== undefined;
  const connection = isRead ? { ...before, client: client?.name } : before;
  const { effect } = policyOf(failure.code);
  const usedOtherCredentials =
    credentialsVersionId !== undefined && credentialsVersionId !== connection.credentialsVersionId;
  const isInconclusive = effect === 'unchanged' || effect === 'cooling-down' || effect === 'postponed';
  if (connection.status === 'blocked' && !usedOtherCredentials && isInconclusive)
    return { ...connection, nextAttemptAtMs: nextLookAtMs(connection, nowMs, parkAfterMs) };

  const pausedUntilMs = postponedUntilMs(connection);
  if (effect === 'unchanged' && !usedOtherCredentials && pausedUntilMs > nowMs)
    return { ...connection, nextAttemptAtMs: pausedUntilMs };

  const failures = countFailures(connection, failure);
  const failed: Connection = {
    ...connection,
    failures,
    lastFailure: { code: failure.code, message: failure.message, atMs: nowMs },
  };
  switch (effect) {
    case 'unchanged':
      return { ...failed, nextAttemptAtMs: nowMs + transientBackoffMs(failures, random) };
    case 'postponed':
      return { ...failed, nextAttemptAtMs: nowMs + coolDownMs(failures, random) };
    case 'cooling-down':
      return { ...failed, status: 'cooling-down', nextAttemptAtMs: nowMs + coolDownMs(failures, random) };
    case 'blocked': {
      if (successorVersionId !== undefined)
        return withSuccessor(failed, { credentialsVersionId, successorVersionId }, nowMs);
      if (client?.isPending && credentialsVersionId !== undefined && isClientFailure(failure.code))
        return withRefusedPending(connection, credentialsVersionId, { nowMs, parkAfterMs });
      const refusal = { code: failure.code, versionId: credentialsVersionId, isMassRefusal };
      const refused: Connection = {
        ...failed,
        ...(isConfirmed(connection, refusal, nowMs)
          ? { status: 'blocked' }
          : {
              status: 'active',
              lastFailure: { code: failure.code, message: unconfirmed(failure, isMassRefusal), atMs: nowMs },
            }),
        ...(credentialsVersionId === undefined
          ? {}
          : {
              credentialsVersionId,
              // Someone is at work on it, so it is not parked.
              ...(usedOtherCredentials ? { blockedAtMs: nowMs } : {}),
              refusedCredentials: recordRefusal(connection.refusedCredentials, credentialsVersionId, nowMs),
            }),
      };
      return { ...refused, nextAttemptAtMs: nextLookAtMs(refused, nowMs, parkAfterMs) };
    }
    case 'pending':
      return { ...failed, status: 'pending', nextAttemptAtMs: nowMs + pendingPollMs(failures) };
    case 'disabled':
      // Rescheduled, so that the late write of a lease on the previous row is refused.
      return { ...failed, status: 'disabled', nextAttemptAtMs: nowMs };
  }
}

/**
 * The row after a decline. The schedule moves on to when it may help to look again. A caller on demand moves nothing, but a
 * complaint that was not honored is remembered: the next token will not have replaced one that everyone accepted.
 */
export function afterDecline(
  connection: Connection,
  request: RefreshRequest,
  { reason, outcome, retryAtMs }: Decline,
): Connection {
  if (request.kind === 'consumer' && outcome === 'budget-exhausted' && reason !== 'paced')
    return withComplaints(connection, recordChallenge(connection));
  const movesOn = reason === 'budget-exhausted' || reason === 'refused-credentials';
  return request.kind === 'scheduled' && movesOn && retryAtMs !== undefined
    ? { ...connection, nextAttemptAtMs: retryAtMs }
    : connection;
}

/** The same row if nothing changed, so that nothing is written. */
function withComplaints(connection: Connection, complaints: Complaints): Connection {
  return complaints === connection.complaints ? connection : { ...connection, complaints };
}

/** Until when Zoho is not asked after an unusable token. An operator who asks earlier and gets no answer does not end that. */
function postponedUntilMs({ lastFailure }: Connection): number {
  const isPostponed = lastFailure !== undefined && policyOf(lastFailure.code).effect === 'postponed';
  return isPostponed ? lastFailure.atMs + THROTTLE_WINDOW_MS : Number.NEGATIVE_INFINITY;
}

/** Consecutive failures with the same effect: a throttle after an outage starts its own count. */
function countFailures({ failures, lastFailure }: Connection, failure: Failure): number {
  const isAlike =
    lastFailure !== undefined && policyOf(lastFailure.code).effect === policyOf(failure.code).effect;
  return isAlike ? failures + 1 : 1;
}
