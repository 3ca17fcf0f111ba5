import type { FollowingConnection } from '../core/connection/connection.ts';
import { hasOwnMetrics } from '../core/connection/declared-connection.ts';
import { acquireLease, type LeasedConnection } from '../core/connection/lease.ts';
import { type Failure, InfrastructureError } from '../core/failures.ts';
import { decideToFollow, notConfiguredToFollow } from '../core/refresh/follow-decision.ts';
import type { RefreshRequest } from '../core/refresh/refresh-decision.ts';
import { SUPERSEDED } from '../core/refresh/refresh-failures.ts';
import { afterDecline, afterRepublish } from '../core/refresh/refresh-transitions.ts';
import type { AccessToken } from '../core/secrets/access-token.ts';
import { publishUnderLease, type WorkResult } from './publish-under-lease.ts';
import type { AttemptContext } from './refresh-context.ts';
import { declined, type RefreshResult } from './refresh-result.ts';
import { reschedule, rescheduleFailed } from './reschedule.ts';

/**
 * One attempt for a connection that follows another deployment: republishes the token that is published there, if it is
 * newer. Zoho is never called, and the credentials are not read.
 */
export async function followToken(
  context: AttemptContext,
  seen: FollowingConnection,
  request: RefreshRequest,
): Promise<RefreshResult> {
  const { settings, deadlines, clock } = context;
  const { secretPrefix } = seen.follows;
  if (secretPrefix !== settings.followSecretPrefix) {
    return rescheduleFailed(context, seen, {
      failure: notConfiguredToFollow(seen, settings.followSecretPrefix),
    });
  }
  try {
    const found = await context.followedTokens.read(secretPrefix, seen.name, deadlines.work);
    const decision = decideToFollow(seen, request, found, clock.now());
    if (decision.action === 'republish') return await republish(context, seen, request, decision.token);
    if (decision.action === 'fail') return await rescheduleFailed(context, seen, decision);
    const next = afterDecline(seen, request, decision);
    if (next !== seen) await reschedule(context, seen, next);
    return declined(seen, decision);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    return rescheduleFailed(context, seen, { failure: error.failure, cause: error });
  }
}

type LeasedFollower = FollowingConnection & LeasedConnection;

function republish(
  context: AttemptContext,
  seen: FollowingConnection,
  request: RefreshRequest,
  theirs: AccessToken,
): Promise<RefreshResult> {
  const lease = {
    owner: context.newLeaseOwner(),
    nowMs: context.clock.now(),
    leaseMs: context.settings.leaseMs,
  };
  // Zoho is not called, so no call is counted.
  const leased = { ...acquireLease(seen, lease), follows: seen.follows, mintsMs: seen.mintsMs };
  return publishUnderLease<LeasedFollower>(context, seen, request, {
    leased,
    publish: () => publishTheirs(context, leased, theirs),
  });
}

/** Publishes the other deployment's token with a generation of this one, and all its times unchanged. */
async function publishTheirs(
  context: AttemptContext,
  leased: LeasedFollower,
  theirs: AccessToken,
): Promise<WorkResult> {
  const token = {
    ...theirs,
    generation: leased.generation,
    hasOwnMetrics: hasOwnMetrics(context.settings, leased.name),
  };
  const fail = (failure: Failure, more: Partial<WorkResult & { kind: 'failed' }> = {}): WorkResult => ({
    kind: 'failed',
    failure,
    zohoWasAsked: false,
    tokenWasMinted: false,
    versionMayBeWritten: true,
    credentialsVersionId: undefined,
    isMassRefusal: false,
    generationFound: undefined,
    ...more,
  });
  try {
    const publish = await context.tokens.publish(token, leased.token?.versionId, context.deadlines.work);
    switch (publish.kind) {
      case 'published': {
        const { versionId } = publish;
        const next = afterRepublish(leased, { token, versionId, followedGeneration: theirs.generation });
        return { kind: 'published', next };
      }
      case 'superseded':
        return fail(SUPERSEDED, { generationFound: publish.generationFound });
      case 'not-stored':
        return fail(publish.error.failure, { cause: publish.error, versionMayBeWritten: false });
    }
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    return fail(error.failure, { cause: error });
  }
}
