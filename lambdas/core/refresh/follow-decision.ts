import type { FollowingConnection } from '../connection/connection.ts';
import { accessTokenSecretName } from '../connection/connection-name.ts';
import { checkBudget } from '../connection/mint-budget.ts';
import type { Failure } from '../failures.ts';
import type { FollowedToken } from '../ports.ts';
import type { AccessToken } from '../secrets/access-token.ts';
import { type Decline, decline } from './declines.ts';
import type { RefreshRequest } from './refresh-decision.ts';
import { TICK_MS } from './renewal-times.ts';

/** What to do once the token of the followed deployment has been read. */
export type FollowDecision =
  | { readonly action: 'republish'; readonly token: AccessToken }
  | { readonly action: 'fail'; readonly failure: Failure }
  | Decline;

/**
 * The other deployment may take this long to replace a token that is due: a tick, a refresh, and its retries after a
 * temporary failure. Until then its token is looked at with every tick.
 */
const RENEWAL_TAKES_MS = 3 * 60_000;

/**
 * Decides what to do with the token that the followed deployment has published. Its token is republished when it is
 * newer than the one that was republished last. This deployment never mints for the connection, whoever asks.
 */
export function decideToFollow(
  connection: FollowingConnection,
  request: RefreshRequest,
  found: FollowedToken,
  nowMs: number,
): FollowDecision {
  if (!found.ok) return { action: 'fail', failure: unusable(connection, describe(found.problems)) };
  const { token } = found;
  if (token.connection !== connection.name) {
    return { action: 'fail', failure: unusable(connection, 'holds the token of another connection') };
  }
  if (token.expiresAtMs <= nowMs) return { action: 'fail', failure: stale(connection, token) };
  if (!isNews(connection, token, nowMs)) {
    const isLate = nowMs >= token.refreshAfterMs + RENEWAL_TAKES_MS;
    return isLate
      ? { action: 'fail', failure: stale(connection, token) }
      : decline('not-renewed', nowMs + TICK_MS);
  }
  const { publishesMs, lease } = connection;
  // Zoho is not called, so only the versions of the secret are budgeted.
  const budget = checkBudget({ mintsMs: [], publishesMs, lease }, request.kind, nowMs);
  return budget.allowed ? { action: 'republish', token } : decline('budget-exhausted', budget.retryAtMs);
}

/**
 * True for a later token than the one that was republished last. A read may be stale, so an earlier one is ignored, unless
 * the token of this connection has expired. If the other deployment was deployed anew, its generations start again, and the
 * time of issue decides.
 */
function isNews({ follows, token: ours }: FollowingConnection, theirs: AccessToken, nowMs: number): boolean {
  if (ours === undefined || ours.expiresAtMs <= nowMs) return true;
  return theirs.generation > follows.generation || theirs.issuedAtMs > ours.issuedAtMs;
}

function describe(problems: 'empty' | readonly string[]): string {
  return problems === 'empty' ? 'is empty' : `does not contain a token: ${problems.join('; ')}`;
}

function unusable({ name, follows }: FollowingConnection, problem: string): Failure {
  return {
    code: 'followed_token_unusable',
    message: `The secret ${accessTokenSecretName(follows.secretPrefix, name)}, whose token this connection republishes, ${problem}. Check the connection in that deployment. ${finishIt(name, follows.secretPrefix)}`,
  };
}

function stale({ name, follows }: FollowingConnection, { expiresAtMs }: AccessToken): Failure {
  return {
    code: 'followed_token_stale',
    message: `The deployment ${follows.secretPrefix}, which this connection follows, has not renewed the token that expires at ${new Date(expiresAtMs).toISOString()}. Check the connection in that deployment. ${finishIt(name, follows.secretPrefix)}`,
  };
}

/** The refresher has no permission to read the other deployment's secrets, because its setting names another one or none. */
export function notConfiguredToFollow(
  { name, follows }: FollowingConnection,
  configured: string | undefined,
): Failure {
  const setting = configured === undefined ? 'is not set' : `is ${configured}`;
  return {
    code: 'followed_token_unusable',
    message: `The connection follows the deployment ${follows.secretPrefix}, but the setting follow.secretPrefix of this deployment ${setting}. Set it and deploy. ${finishIt(name, follows.secretPrefix)}`,
  };
}

function finishIt(name: string, secretPrefix: string): string {
  return `To mint here instead, run: zoho-tokens adopt --from ${secretPrefix} --finish ${name}`;
}
