import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import { isRefusedWrongly, isWaiting, recoveryMs } from './excuses.ts';
import { pendingPollMs } from './never-lost.ts';
import { type ConnectionTruth, isLeaseTaken, type PromiseCheck, timesIn, type WorldView } from './promise.ts';
import { hasValidToken, isShortLived, publishedToken } from './published-token.ts';

const MINUTE_MS = 60_000;
/** Tokens that live shorter are renewed 16 to 18 minutes after their issue, so that the versions of a day suffice. */
const SHORT_LIFE_MS = 20 * MINUTE_MS;
/** Clock skew. */
const SKEW_MS = 10_000;
/** One tick to find it due, and some seconds to refresh it. */
const FOUND_AND_DONE_MS = 75_000;
const TOKEN_LIFE_MS = 60 * MINUTE_MS;

type TokenPromise = 'I4' | 'I6';

/**
 * I4: when Zoho and AWS have answered correctly for 3 minutes, every authorized connection that is not cooling down has a
 * valid token; what a wrong refusal may cost, `wrong-refusals.ts` says. No token ends before its published expiry, unless Zoho takes it back. I6, second half: a blocked one recovers within 5 minutes of new credentials, within an hour if Zoho was wrong.
 */
export class ValidToken implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: (promise: TokenPromise, message: string) => void;
  /** When the last excuse ended: throttled, out of budget, disabled, or active again only just now. */
  readonly #excusedUntilMs = new Map<string, number>();
  /** Until when a token that was overwritten or revoked is excused at most: until a consumer or the schedule has it replaced. */
  readonly #invalidatedUntilMs = new Map<string, number>();
  /** The published token when Zoho received a call of the product, which may have ended it, and until when it is replaced. */
  readonly #replaced = new Map<string, { readonly token: string; readonly untilMs: number }>();

  constructor(world: WorldView, violate: (promise: TokenPromise, message: string) => void) {
    this.#world = world;
    this.#violate = violate;
  }

  onRowWritten(write: TableWrite): void {
    const { key, before, after } = write;
    const hasChanged = before?.status?.S !== after.status?.S;
    // Someone else wrote a higher generation, which the attempt after this one overtakes.
    const isOvertaken = codeOf(after) === 'superseded' && codeOf(before) !== 'superseded';
    const isExcused = isOvertaken || (hasChanged && after.status?.S === 'active');
    const isReplaced = isLeaseTaken(write) && this.#invalidatedUntilMs.delete(key);
    if (isExcused || isReplaced) this.#excusedUntilMs.set(key, this.#world.now());
    const hasForgotten = write.task === undefined && !hasValidToken(this.#world, key);
    if (hasForgotten) this.#excuseInvalid(key);
  }

  onCallReceived(_: ObservedCall, connection: string): void {
    const { accessToken: token } = publishedToken(this.#world, connection);
    if (this.#world.isValidAtZoho(token))
      this.#replaced.set(connection, { token, untilMs: this.#world.now() + FOUND_AND_DONE_MS });
  }

  onTokenSecretChanged(connection: string, author: 'scheduled' | 'forced' | 'human'): void {
    if (author === 'human') this.#excuseInvalid(connection);
    else {
      this.#checkExpiry(connection);
      if (hasValidToken(this.#world, connection)) this.#invalidatedUntilMs.delete(connection);
    }
  }

  #excuseInvalid(connection: string): void {
    this.#invalidatedUntilMs.set(connection, this.#world.now() + TOKEN_LIFE_MS);
  }

  /** A reader that believes a later expiry would use a dead token, and no one would renew it. */
  #checkExpiry(connection: string): void {
    const { accessToken, expiresAtMs } = publishedToken(this.#world, connection);
    const endsAtMs = this.#world.endsAtZohoMs(accessToken) ?? Number.POSITIVE_INFINITY;
    if (expiresAtMs > endsAtMs + SKEW_MS) {
      const minutes = ((expiresAtMs - endsAtMs) / MINUTE_MS).toFixed(1);
      this.#violate('I4', `the token of ${connection} ends ${minutes} minutes before its published expiry`);
    }
  }

  onCheck(): void {
    for (const truth of this.#world.connections()) this.#check(truth);
  }

  #check(truth: ConnectionTruth): void {
    const { name, goodSinceMs, isDeclared } = truth;
    const now = this.#world.now();
    const isPaced = isShortLived(this.#world, name, SHORT_LIFE_MS);
    const isServed = isPaced && hasValidToken(this.#world, name);
    const isExcused =
      isServed ||
      isWaiting(this.#world.row(name), now) ||
      isRefusedWrongly(this.#world, truth) ||
      this.#world.postponedUntilMs(name) > now ||
      this.#isBeingReplaced(name);
    if (isExcused) this.#excusedUntilMs.set(name, now);
    if (goodSinceMs === undefined || !isDeclared || now < (this.#invalidatedUntilMs.get(name) ?? 0)) {
      this.#excusedUntilMs.set(name, now);
      return;
    }
    const status = this.#world.row(name)?.status?.S ?? 'absent';
    const startMs = Math.max(this.#world.calmSinceMs(), this.#excusedUntilMs.get(name) ?? 0, goodSinceMs);
    if (now <= startMs + 3 * MINUTE_MS) return;
    const [promise, leastMs] = this.#allowed(truth, status, startMs);
    const allowedMs = isPaced ? Math.max(leastMs, SHORT_LIFE_MS) : leastMs;
    if (now <= startMs + allowedMs) return;
    const hasRecovered = status === 'active' || status === 'cooling-down';
    const isKept = hasValidToken(this.#world, name) && (promise === 'I4' || hasRecovered);
    if (isKept) return;
    const minutes = ((now - startMs) / MINUTE_MS).toFixed(1);
    this.#violate(promise, `${name} (${status}) has no valid token after ${minutes} calm minutes`);
  }

  /**
   * Whether the published token may be the oldest of more than ten that others have minted with the same refresh token, which Zoho
   * deleted for the one that is published next.
   */
  #isBeingReplaced(connection: string): boolean {
    const { accessToken } = publishedToken(this.#world, connection);
    const isDeleted = this.#world.endsAtZohoMs(accessToken) === undefined;
    const { token, untilMs = 0 } = this.#replaced.get(connection) ?? {};
    return isDeleted && token === accessToken && this.#world.now() < untilMs;
  }

  #allowed({ name, changedAtMs }: ConnectionTruth, status: string, startMs: number): [TokenPromise, number] {
    const slackMs = this.#world.longestLeaseMs + 2 * FOUND_AND_DONE_MS;
    if (this.#isRefusalOfOthers(name)) return ['I6', 5 * MINUTE_MS + slackMs];
    if (status === 'active' || status === 'cooling-down') {
      return ['I4', recoveryMs(this.#world, this.#world.row(name), startMs)];
    }
    if (status === 'pending') return ['I6', pendingPollMs(this.#world.row(name)) + slackMs];
    const judgedAtMs = timesIn(this.#world.row(name), 'mints').at(-1) ?? 0;
    const isZohosMistake =
      status === 'blocked' && judgedAtMs > changedAtMs - SKEW_MS && startMs > changedAtMs;
    return ['I6', (isZohosMistake ? 65 : 5) * MINUTE_MS + slackMs];
  }

  /**
   * Whether Zoho has refused other credentials than those that are stored now. Such a connection looks for new ones like a blocked one,
   * also while it is in service because a mass refusal is not believed.
   */
  #isRefusalOfOthers(connection: string): boolean {
    const row = this.#world.row(connection);
    const isRefusal = codeOf(row)?.startsWith('invalid_') === true;
    return (
      isRefusal && row?.credentialsVersionId?.S !== this.#world.currentCredentials(connection)?.versionId
    );
  }
}

function codeOf(row: TableWrite['before']): string | undefined {
  return row?.lastFailure?.M?.code?.S;
}
