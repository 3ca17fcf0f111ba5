import type { Connection } from '../core/connection/connection.ts';
import type { DeclarationDrift } from '../core/connection/declaration-drift.ts';
import type { AnnouncedAuthorization } from '../core/consent/announced-authorization.ts';
import type { Failure } from '../core/failures.ts';
import type { Decline } from '../core/refresh/declines.ts';
import type { Decision } from '../core/refresh/refresh-decision.ts';
import type { RefreshOutcome } from '../core/refresh/refresh-outcome.ts';

/** The result of one attempt for one connection. */
export type RefreshResult = {
  readonly outcome: RefreshOutcome | 'not-due';
  /** The row as far as this attempt knows it. */
  readonly connection: Connection;
  /** When asking again may help. */
  readonly retryAtMs?: number | undefined;
  /** The decision that led to this result, unless the attempt ended before or without one. */
  readonly decision?: Decision;
} & (Published | Declined | Failed | LeaseLost);

/** A token was published, and the row says so. */
interface Published {
  readonly kind: 'published';
  readonly replaced: Connection;
  /** How the granted scopes and the data center differ from what is declared. */
  readonly drift: DeclarationDrift;
  readonly authorization?: AnnouncedAuthorization | undefined;
}

/** Nothing was attempted. */
interface Declined {
  readonly kind: 'declined';
  readonly decision: Decline;
}

interface Failed {
  readonly kind: 'failed';
  readonly failure: Failure;
  /** The error behind the failure. */
  readonly cause?: unknown;
  /** The row that was replaced by `connection`, when a lease was taken and the failure was written down. */
  readonly replaced?: Connection;
  /** Why the failure could not be written. The lease expires instead. */
  readonly unwritten?: Failure;
  /** True if Zoho refuses many connections of several clients at once. */
  readonly isMassRefusal?: boolean;
  readonly authorization?: AnnouncedAuthorization | undefined;
  /** True if another attempt took over the lease before this one could write its failure. */
  readonly leaseLost?: true;
}

/** A token was minted, but another attempt took over the lease before this one could write it. */
interface LeaseLost {
  readonly kind: 'lease-lost';
}

/** The result of an attempt that minted nothing. */
export function declined(connection: Connection, decision: Decline): RefreshResult {
  const { outcome, retryAtMs } = decision;
  return { kind: 'declined', decision, outcome, connection, retryAtMs };
}
