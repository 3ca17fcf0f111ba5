import type { Complaints, Connection } from './connection.ts';
import { PUBLISH_BUDGET } from './mint-budget.ts';

/**
 * A complaint is a consumer's report that Zoho's API rejected the published token. Only a new token can tell a dead token from
 * a false complaint (a missing scope, a wrong host, a proxy), so complaints are honored within limits: ever less often while
 * new tokens are rejected as well, and a few times a day in all. A token that is due is the schedule's work, whoever asks.
 */

/** How old the published token must be before a complaint replaces it, by the number of complaints in a row. */
const SPACING_MS = [0, 15_000, 30_000, 60_000, 5 * 60_000, 15 * 60_000, 30 * 60_000] as const;

/** Complaints beyond the last step of the spacing are not honored: the schedule renews the token before. */
const MOST_IN_A_ROW = SPACING_MS.length;

/** A longer wait says that new tokens do not help, and is reported as a problem of the connection. */
const REPORTED_SPACING_MS = 60_000;

/** Extra mints that all consumers of a connection together can cause in a day. */
export const COMPLAINTS_A_DAY = 8;

/** As long as that of the publishes: a day, and the time that a call takes to reach Zoho. */
const WINDOW_MS = PUBLISH_BUDGET.windowMs;

export type ComplaintVerdict =
  | { readonly honored: true }
  | {
      readonly honored: false;
      /** Consumers reject tokens that Zoho has just issued, which a new token does not help. */
      readonly isReported: boolean;
      /** When a complaint is honored again, if the token is still published then. `Infinity` for never. */
      readonly retryAtMs: number;
    };

/** Whether a complaint about the published token, which is neither due nor expired, replaces it now. */
export function judgeComplaint({ complaints, token }: Connection, nowMs: number): ComplaintVerdict {
  const spacingMs = SPACING_MS[complaints.inARow] ?? Number.POSITIVE_INFINITY;
  const oldEnoughAtMs = spacingMs === 0 || token === undefined ? nowMs : token.issuedAtMs + spacingMs;
  const allowedAtMs = whenAllowed(complaints, nowMs);
  const retryAtMs = Math.max(oldEnoughAtMs, allowedAtMs);
  if (retryAtMs <= nowMs) return { honored: true };
  return { honored: false, isReported: spacingMs > REPORTED_SPACING_MS || allowedAtMs > nowMs, retryAtMs };
}

/**
 * The complaints once a mint for one of them begins. It stays counted if the mint fails, because the schedule then retries it
 * for the same complaint.
 */
export function recordComplaint({ complaints, publishedGeneration }: Connection, nowMs: number): Complaints {
  return {
    mintsMs: [...recent(complaints, nowMs), nowMs],
    challengedGeneration: publishedGeneration,
    inARow: Math.min(complaints.inARow + 1, MOST_IN_A_ROW),
  };
}

/** The complaints once the replacement of a token that is due begins. If no one complained about it, tokens are trusted again. */
export function recordRenewal(connection: Connection): Complaints {
  const { complaints } = connection;
  return isChallenged(connection) || complaints.inARow === 0 ? complaints : { ...complaints, inARow: 0 };
}

/** The complaints after one about the published token was declined. */
export function recordChallenge(connection: Connection): Complaints {
  const { complaints, publishedGeneration, token } = connection;
  const isNothingNew = token === undefined || isChallenged(connection);
  return isNothingNew ? complaints : { ...complaints, challengedGeneration: publishedGeneration };
}

/** True if consumers complain about the published token although the ones before it were replaced for complaints. */
export function isRejectingFreshTokens(connection: Connection, nowMs: number): boolean {
  if (connection.token === undefined || !isChallenged(connection)) return false;
  const verdict = judgeComplaint(connection, nowMs);
  return !verdict.honored && verdict.isReported;
}

/** How many extra mints complaints have caused in the last day. */
export function countComplaintMints({ complaints }: Pick<Connection, 'complaints'>, nowMs: number): number {
  return recent(complaints, nowMs).length;
}

function isChallenged({ complaints, publishedGeneration }: Connection): boolean {
  return complaints.challengedGeneration === publishedGeneration;
}

function whenAllowed(complaints: Complaints, nowMs: number): number {
  const counted = recent(complaints, nowMs).toSorted((a, b) => a - b);
  const lastThatMustLeave = counted[counted.length - COMPLAINTS_A_DAY];
  return lastThatMustLeave === undefined ? nowMs : lastThatMustLeave + WINDOW_MS;
}

function recent({ mintsMs }: Complaints, nowMs: number): readonly number[] {
  return mintsMs.filter((timeMs) => timeMs + WINDOW_MS > nowMs);
}
