import type { Connection } from '../core/connection/connection.ts';
import type { DeclarationDrift } from '../core/connection/declaration-drift.ts';
import type { Failure } from '../core/failures.ts';
import type { RefreshOutcome } from '../core/refresh/refresh-outcome.ts';

/** What came of one attempt for one connection. */
export interface RefreshResult {
  readonly outcome: RefreshOutcome | 'not-due';
  /** The row as far as this attempt knows it. */
  readonly connection: Connection;
  /** The row that this attempt replaced by `connection`, once that is certain. */
  readonly replaced?: Connection;
  /** How the token that was published differs from what is declared. */
  readonly drift?: DeclarationDrift;
  /** When asking again may help. */
  readonly retryAtMs?: number | undefined;
  /** Why, when this very attempt failed. */
  readonly failure?: Failure;
  /** The error behind the failure. */
  readonly cause?: unknown;
  /** Why the failure could not be written down: the lease runs out instead. */
  readonly unwritten?: Failure;
  /** True when somebody else had taken the lease over before this attempt could write down what it did. */
  readonly leaseLost?: true;
}
