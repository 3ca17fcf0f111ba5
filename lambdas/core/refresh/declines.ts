import type { RefreshOutcome } from './refresh-outcome.ts';

/** The decision to mint nothing. */
export interface Decline {
  readonly action: 'none';
  readonly reason: DeclineReason;
  readonly outcome: RefreshOutcome | 'not-due';
  /** The reason in words, for the log. */
  readonly message: string;
  /** When asking again may help. */
  readonly retryAtMs: number | undefined;
}

/** Why nothing is minted, and what the caller is answered. */
const DECLINES = {
  disabled: { outcome: 'blocked', message: 'The connection is disabled.' },
  'newer-token': { outcome: 'already-fresh', message: 'A newer token than the rejected one is published.' },
  'new-token': { outcome: 'already-fresh', message: 'The published token is less than a minute old.' },
  'not-expired': {
    outcome: 'already-fresh',
    message: 'The token of this generation has not expired: the clock of the caller is wrong.',
  },
  'unknown-generation': {
    outcome: 'invalid-request',
    message:
      'This generation does not exist yet. Report the generation of the token that was rejected, as its secret has it.',
  },
  'too-soon': {
    outcome: 'budget-exhausted',
    message: 'Consumers rejected the token before this one as well, so this one is not replaced yet.',
  },
  'tokens-rejected': {
    outcome: 'budget-exhausted',
    message:
      'Consumers reject tokens that Zoho has just issued, which a new token does not help: a scope is missing, the host or the organization is wrong, a proxy answers 401, or something else mints with the same refresh token. The token is renewed on schedule. Runbook: TokensRejected.',
  },
  leased: { outcome: 'in-progress', message: 'Another attempt holds the lease.' },
  'lost-race': { outcome: 'in-progress', message: 'Another attempt changed the row first.' },
  'not-renewed': {
    outcome: 'in-progress',
    message: 'The deployment that this connection follows has published no newer token yet.',
  },
  'not-due': { outcome: 'not-due', message: 'The connection is not due yet.' },
  'cooling-down': {
    outcome: 'throttled',
    message: 'Zoho throttled this connection. Zoho is not called until the cool-down ends.',
  },
  'publishes-throttled': {
    outcome: 'failed',
    message:
      'Secrets Manager throttles the publishing of tokens, so for some seconds none is minted on demand that might not be published. Tokens are renewed on schedule.',
  },
  'backing-off': { outcome: 'failed', message: 'The last attempt failed, and its back-off has not ended.' },
  paced: {
    outcome: 'budget-exhausted',
    message:
      'The token has expired, and is renewed as planned: tokens of Zoho live so briefly now that renewing each one at once would use up the versions of the day.',
  },
  'refused-credentials': {
    outcome: 'blocked',
    message: 'The credentials are the ones that were refused, and Zoho is not asked again yet.',
  },
  'refused-once': {
    outcome: 'failed',
    message:
      'Zoho refused the credentials a moment ago, and is asked again before the connection is blocked. The published token is still valid.',
  },
  'budget-exhausted': {
    outcome: 'budget-exhausted',
    message:
      "The budget for calls of Zoho's token endpoint or for versions of the token secret is exhausted.",
  },
} as const satisfies Record<string, Pick<Decline, 'outcome' | 'message'>>;

export type DeclineReason = keyof typeof DECLINES;

/** The decision to mint nothing. */
export function decline(reason: DeclineReason, retryAtMs?: number): Decline {
  return { action: 'none', reason, ...DECLINES[reason], retryAtMs };
}
