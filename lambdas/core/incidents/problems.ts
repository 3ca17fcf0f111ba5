import { isRejectingFreshTokens } from '../connection/complaints.ts';
import {
  type Connection,
  hadCredentials,
  hasValidToken,
  isInService,
  PROBLEMS,
  type Problem,
  type Severity,
} from '../connection/connection.ts';
import { driftOf } from '../connection/declaration-drift.ts';
import type { DeclaredConnection } from '../connection/declared-connection.ts';
import { isClientFailure } from '../failures.ts';

/** A connection before and after a write, and its declaration if it has one. */
export interface WrittenConnection {
  readonly before: Connection;
  readonly after: Connection;
  readonly declared: DeclaredConnection | undefined;
  /** True if it is known that it fails for a reason of its own. @default false */
  readonly isAlone?: boolean;
}

/** What is wrong with a connection once it is written. */
export function problemsOf(written: WrittenConnection, nowMs: number): readonly Problem[] {
  return PROBLEMS.filter((problem) => HAS[problem](written, nowMs));
}

const HAS: Readonly<Record<Problem, (written: WrittenConnection, nowMs: number) => boolean>> = {
  blocked: (written) => isBlockedByName(written.after) || (lasts(written, 'blocked') && !isAccepted(written)),
  'client-refused': (written) =>
    isClientRefused(written.after) ||
    (lasts(written, 'client-refused') && !isAccepted(written) && !isBlockedByName(written.after)),
  'scope-drift': ({ after, declared }) =>
    after.token !== undefined && driftOf(after, declared).missingScopes.length > 0,
  'tokens-rejected': (written, nowMs) =>
    isRejectingFreshTokens(written.after, nowMs) ||
    (lasts(written, 'tokens-rejected') && !isAcceptedAgain(written)),
  'never-authorized': ({ after, declared }) =>
    declared !== undefined && after.status === 'pending' && !hadCredentials(after),
  'no-token': (written, nowMs) =>
    !hasValidToken(written.after, nowMs) &&
    (lasts(written, 'no-token') || (written.isAlone === true && hasLongExpired(written.after, nowMs))),
  'row-lost': (written) => lasts(written, 'row-lost') && !isFoundAgain(written),
};

/** What says why a connection is blocked. */
export type FailedConnection = Pick<Connection, 'status' | 'client'> & {
  readonly lastFailure: Pick<NonNullable<Connection['lastFailure']>, 'code'> | undefined;
};

/** True if the connection is blocked because of the client that it shares with others. */
export function isClientRefused({ status, client, lastFailure }: FailedConnection): boolean {
  const isBlocked = status === 'blocked' && client !== undefined;
  return isBlocked && lastFailure !== undefined && isClientFailure(lastFailure.code);
}

/** If Zoho judges the authorization, it has accepted the client. */
function isBlockedByName(connection: Connection): boolean {
  return connection.status === 'blocked' && !isClientRefused(connection);
}

function lasts({ before }: WrittenConnection, problem: Problem): boolean {
  return before.incidents.some((incident) => incident.problem === problem && incident.state !== 'ended');
}

/**
 * A connection that is resumed or connected again has not recovered before Zoho has accepted its credentials. A token whose publish
 * fails shows that as well.
 */
function isAccepted({ before, after }: WrittenConnection): boolean {
  const isPublished = after.publishedGeneration > before.publishedGeneration;
  return after.status === 'active' && (before.status === 'blocked' || isPublished);
}

/** A retry in time, a cool-down, or a tenant that is resumed are no reason for a ticket. */
const NO_TOKEN_AFTER_MS = 15 * 60_000;

function hasLongExpired({ status, token }: Connection, nowMs: number): boolean {
  return isInService(status) && token !== undefined && nowMs >= token.expiresAtMs + NO_TOKEN_AFTER_MS;
}

/** With a token that was published after the notification: the attempt that finds the row missing often publishes one at once. */
function isFoundAgain({ before, after }: WrittenConnection): boolean {
  const isPending = before.incidents.some(
    ({ problem, state }) => problem === 'row-lost' && state === 'begun',
  );
  return !isPending && after.publishedGeneration > before.publishedGeneration;
}

/** Consumers that complain once an hour must not end the problem between two complaints: a token has to live without one. */
function isAcceptedAgain({ before, after }: WrittenConnection): boolean {
  const isReplaced = after.publishedGeneration > before.publishedGeneration;
  const isUnchallenged = before.complaints.challengedGeneration !== before.publishedGeneration;
  return isReplaced && isUnchallenged && after.complaints.inARow === 0;
}

/** Where notifications about a connection go. Page for declared connections, ticket for others, unless configured. */
export function severityOf(
  { source, severity }: Pick<Connection, 'source' | 'severity'>,
  declared: DeclaredConnection | undefined,
): Severity {
  if (declared !== undefined) return declared.severity ?? 'page';
  return severity ?? (source === 'declared' ? 'page' : 'ticket');
}

/** Only a blocked connection stops its consumers within the hour: everything else can wait for the next working day. */
export function levelOf(problem: Problem, severity: Exclude<Severity, 'none'>): 'page' | 'ticket' {
  return problem === 'blocked' ? severity : 'ticket';
}
