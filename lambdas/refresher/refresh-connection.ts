import type { Connection } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import { dropDeadLease } from '../core/connection/lease.ts';
import { type Failure, InfrastructureError } from '../core/failures.ts';
import type { StoredCredentials } from '../core/ports.ts';
import {
  type Decision,
  decide,
  decideWithCredentials,
  type RefreshRequest,
} from '../core/refresh/refresh-decision.ts';
import { noCredentials, UNDECLARED } from '../core/refresh/refresh-failures.ts';
import { outcomeOf } from '../core/refresh/refresh-outcome.ts';
import { stayBlocked, withFailure } from '../core/refresh/refresh-transitions.ts';
import { measureWaits } from './measure-waits.ts';
import { mintToken } from './mint-token.ts';
import type { AttemptContext, RefreshContext } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';
import { reportAttempt } from './report-attempt.ts';

/**
 * One attempt for one connection, from the row as it was read. Exactly one caller gets to mint; everybody else gets an
 * outcome that says what to do instead. Never throws for a failure of Zoho or AWS. Leaves one line in the log.
 */
export async function refreshConnection(
  context: RefreshContext,
  seen: Connection,
  request: RefreshRequest,
): Promise<RefreshResult> {
  const measured = measureWaits(context);
  const result = await tryAttempt(measured.context, seen, request);
  await reportAttempt(context, {
    request,
    result,
    durationsMs: measured.durationsMs(),
    endedAtMs: context.clock.now(),
  });
  return result;
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
      retryAtMs: seen.nextAttemptAtMs,
      failure: error.failure,
      cause: error,
    };
  }
}

function attempt(context: AttemptContext, seen: Connection, request: RefreshRequest): Promise<RefreshResult> {
  const { declaredConnections } = context.settings;
  const isUndeclared =
    seen.source === 'declared' && declarationOf(declaredConnections, seen.name) === undefined;
  if (isUndeclared) return retire(context, seen);
  const decision = decide(seen, request, context.clock.now());
  switch (decision.action) {
    case 'none':
      return decline(context, seen, request, decision);
    case 'check-credentials':
      return checkCredentials(context, seen, request);
    case 'mint':
      return mintToken(context, seen, request, undefined);
  }
}

/** Nothing to mint. The schedule moves on to when it may help to look again. */
async function decline(
  context: AttemptContext,
  seen: Connection,
  request: RefreshRequest,
  { outcome, retryAtMs }: Decision & { action: 'none' },
): Promise<RefreshResult> {
  if (request.kind === 'scheduled' && outcome === 'budget-exhausted' && retryAtMs !== undefined) {
    await replace(context, seen, { ...seen, nextAttemptAtMs: retryAtMs });
  }
  return { kind: 'declined', outcome, connection: seen, retryAtMs };
}

/** Pending or blocked: Zoho is only asked when the credentials are new, or when an hour has passed. */
async function checkCredentials(
  context: AttemptContext,
  seen: Connection,
  request: RefreshRequest,
): Promise<RefreshResult> {
  let stored: StoredCredentials;
  try {
    stored = await context.credentials.read(seen.name, context.deadlines.work);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    return lookFailed(context, seen, error.failure, error);
  }
  if (stored.kind === 'empty')
    return lookFailed(context, seen, noCredentials(context.settings.secretPrefix, seen.name));

  const decision = decideWithCredentials(seen, request, stored.versionId, context.clock.now());
  if (decision.action === 'mint') return mintToken(context, seen, request, stored);
  if (decision.action === 'none' && decision.outcome !== 'blocked')
    return decline(context, seen, request, decision);
  const next = stayBlocked(seen, context.clock.now());
  if (request.kind === 'scheduled') await replace(context, seen, next);
  return { kind: 'declined', outcome: 'blocked', connection: seen, retryAtMs: next.nextAttemptAtMs };
}

async function lookFailed(
  context: AttemptContext,
  seen: Connection,
  failure: Failure,
  cause?: unknown,
): Promise<RefreshResult> {
  const next = withFailure(
    seen,
    { failure, credentialsVersionId: undefined },
    { nowMs: context.clock.now(), random: context.random },
  );
  await replace(context, seen, next);
  return {
    kind: 'failed',
    outcome: outcomeOf(failure),
    connection: next,
    retryAtMs: next.nextAttemptAtMs,
    failure,
    cause,
  };
}

/** Declared once, and gone from the configuration: left alone until it is declared again. */
async function retire(context: AttemptContext, seen: Connection): Promise<RefreshResult> {
  const next = withFailure(
    seen,
    { failure: UNDECLARED, credentialsVersionId: undefined },
    { nowMs: context.clock.now(), random: context.random },
  );
  if (seen.status !== 'disabled') await replace(context, seen, next);
  return { kind: 'failed', outcome: 'blocked', connection: next, failure: UNDECLARED };
}

/** Rescheduling is best effort: when another attempt was faster, its schedule is as good. */
async function replace(context: AttemptContext, seen: Connection, next: Connection): Promise<void> {
  const nowMs = context.clock.now();
  await context.connections.replaceIfFree(seen, dropDeadLease(next, nowMs), nowMs, context.deadlines.report);
}
