import { isRejectingFreshTokens } from '../connection/complaints.ts';
import {
  type Connection,
  hadCredentials,
  PROBLEMS,
  type Problem,
  type Severity,
} from '../connection/connection.ts';
import { driftOf } from '../connection/declaration-drift.ts';
import type { DeclaredConnection } from '../connection/declared-connection.ts';

/** A connection before and after a write, and its declaration if it has one. */
export interface WrittenConnection {
  readonly before: Connection;
  readonly after: Connection;
  readonly declared: DeclaredConnection | undefined;
}

/** What is wrong with a connection once it is written. */
export function problemsOf(written: WrittenConnection, nowMs: number): readonly Problem[] {
  return PROBLEMS.filter((problem) => HAS[problem](written, nowMs));
}

const HAS: Readonly<Record<Problem, (written: WrittenConnection, nowMs: number) => boolean>> = {
  blocked: (written) =>
    written.after.status === 'blocked' || (lasts(written, 'blocked') && !isAccepted(written)),
  'scope-drift': ({ after, declared }) =>
    after.token !== undefined && driftOf(after, declared).missingScopes.length > 0,
  'tokens-rejected': (written, nowMs) =>
    isRejectingFreshTokens(written.after, nowMs) ||
    (lasts(written, 'tokens-rejected') && !isAcceptedAgain(written)),
  'never-authorized': ({ after, declared }) =>
    declared !== undefined && after.status === 'pending' && !hadCredentials(after),
};

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
