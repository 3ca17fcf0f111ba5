import { type Connection, isInService } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import { isParked } from '../core/connection/parking.ts';
import { InfrastructureError } from '../core/failures.ts';
import { type Decline, decline } from '../core/refresh/declines.ts';
import { decide, type Mint, type RefreshRequest } from '../core/refresh/refresh-decision.ts';
import { UNDECLARED } from '../core/refresh/refresh-failures.ts';
import { afterDecline, withFailure } from '../core/refresh/refresh-transitions.ts';
import { spread } from '../core/refresh/renewal-times.ts';
import { chooseCredentials } from './choose-credentials.ts';
import { chooseStore } from './choose-store.ts';
import { correctRow } from './correct-row.ts';
import { followToken } from './follow-token.ts';
import { keepIncidents } from './keep-incidents.ts';
import { measureWaits } from './measure-waits.ts';
import { mintToken } from './mint-token.ts';
import { publishNotifications } from './publish-notifications.ts';
import { type FoundCredentials, readCredentials } from './read-credentials.ts';
import { type AttemptContext, momentOf, type RefreshContext } from './refresh-context.ts';
import { declined, type RefreshResult } from './refresh-result.ts';
import { reportAttempt } from './report-attempt.ts';
import { reschedule, rescheduleFailed } from './reschedule.ts';

/** How long a caller waits after AWS failed and nothing could be written to the row. */
export const AWS_PAUSE_MS = 10_000;

/**
 * One attempt for one connection, from the row as it was read. Exactly one caller mints; all others get an outcome that
 * says what to do instead. Never throws for a failure of Zoho or AWS. Writes one log line.
 */
export async function refreshConnection(
  given: RefreshContext,
  seen: Connection,
  request: RefreshRequest,
): Promise<RefreshResult> {
  const context = chooseStore(given, seen);
  const measured = measureWaits(context);
  const kept = keepIncidents(measured.context, request);
  const result = await tryAttempt(kept.context, seen, request);
  if (request.kind === 'scheduled') recordFailing(context, result);
  const endedAtMs = context.clock.now();
  await reportAttempt(context, {
    request,
    result,
    durationsMs: measured.durationsMs(),
    endedAtMs,
    isParked: isParked(result.connection, context.settings.parkAfterMs, endedAtMs),
  });
  // A caller on demand does not wait for what others have left pending.
  const row = kept.lastWritten() ?? (request.kind === 'scheduled' ? seen : undefined);
  if (row !== undefined) await publishNotifications(context, row);
  return result;
}

/** What is declined, or was done by another attempt, says nothing. */
function recordFailing({ failing, clock }: RefreshContext, { kind, connection }: RefreshResult): void {
  if (kind !== 'published' && kind !== 'failed') return;
  const end = kind === 'published' ? 'succeeded' : isInService(connection.status) ? 'failed' : 'set-aside';
  failing.record(connection.name, end, clock.elapsed());
}

async function tryAttempt(
  context: AttemptContext,
  seen: Connection,
  request: RefreshRequest,
): Promise<RefreshResult> {
  try {
    return await attempt(context, seen, request);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    return {
      kind: 'failed',
      outcome: 'failed',
      connection: seen,
      retryAtMs: context.clock.now() + AWS_PAUSE_MS,
      failure: error.failure,
      cause: error,
    };
  }
}

async function attempt(
  context: AttemptContext,
  found: Connection,
  request: RefreshRequest,
): Promise<RefreshResult> {
  const { declaredConnections } = context.settings;
  const isUndeclared =
    found.source === 'declared' && declarationOf(declaredConnections, found.name) === undefined;
  if (isUndeclared) return retire(context, found);

  const seen = await correctRow(context, found);
  if (seen === undefined) return declined(found, decline('lost-race'));
  const decision = decide(seen, request, context.clock.now());
  if (decision.action === 'follow') {
    return { decision, ...(await followToken(context, decision.connection, request)) };
  }
  if (decision.action !== 'check-credentials') return carryOut(context, seen, request, decision);
  const look = await readCredentials(context, seen);
  if (look.kind === 'failed') return { decision, ...(await rescheduleFailed(context, seen, look)) };
  const { decision: chosen, stored } = chooseCredentials(context, look, seen, request);
  return carryOut(context, seen, request, chosen, stored);
}

async function carryOut(
  context: AttemptContext,
  seen: Connection,
  request: RefreshRequest,
  decision: Mint | Decline,
  stored?: FoundCredentials,
): Promise<RefreshResult> {
  if (decision.action === 'mint') {
    const isOfConsumer = request.kind === 'consumer' && seen.store === undefined;
    const quietMs = isOfConsumer ? quietForMs(context) : 0;
    if (quietMs > 0) return declined(seen, decline('publishes-throttled', context.clock.now() + quietMs));
    return { decision, ...(await mintToken(context, seen, request, { reason: decision.reason, stored })) };
  }
  const next = afterDecline(seen, request, decision);
  if (next !== seen) await reschedule(context, seen, next);
  return declined(seen, decision);
}

/** How long consumers cause no mint, because Secrets Manager throttles. They come back at different times. */
function quietForMs({ clock, publishes, random }: AttemptContext): number {
  const quietMs = publishes.quietForMs(clock.elapsed());
  return quietMs === 0 ? 0 : quietMs + spread(quietMs, random);
}

/** Disables a connection that is no longer in the configuration until it is declared again. */
async function retire(context: AttemptContext, seen: Connection): Promise<RefreshResult> {
  const next = withFailure(
    seen,
    { failure: UNDECLARED, credentialsVersionId: undefined, isMassRefusal: false },
    momentOf(context),
  );
  const connection = seen.status === 'disabled' ? next : await reschedule(context, seen, next);
  return { kind: 'failed', outcome: 'blocked', connection, failure: UNDECLARED };
}
