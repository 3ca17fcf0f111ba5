import type { AnswerKind } from '../answer-kind.ts';
import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import { isWaiting, recoveryMs } from './excuses.ts';
import {
  type ConnectionTruth,
  isUnusableToken,
  type PromiseCheck,
  type Violate,
  type WorldView,
} from './promise.ts';
import { hasValidToken } from './published-token.ts';

const MINUTE_MS = 60_000;
/** What a wrong refusal may cost beyond its length. */
const MORE_MS = 3 * MINUTE_MS;
/** How long a token is valid at least when it falls due: a margin of 5 minutes, less the time to find it and to call Zoho. */
const LIFE_LEFT_MS = 4 * MINUTE_MS;
/** From then on, Zoho is asked every hour. */
const LONG_MS = 58 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** How long after another fault an ask for a blocked connection may come: an answer that says nothing may have been a throttle. */
const BLOCKED_RECOVERY_MS = 12 * MINUTE_MS;

/** From the first wrong refusal until a token is published. */
interface Episode {
  readonly firstAtMs: number;
  /** When the token was first missing. */
  lostAtMs: number | undefined;
  /** How long it was missing, apart from the time in which something else is to blame. */
  withoutMs: number;
}

/**
 * I6, second half: a wrong refusal of M minutes costs a connection at most M + 3 minutes without a valid token. M is the time from
 * the first call that Zoho refuses until it accepts the credentials again. If M is above an hour, it costs an hour more. If the
 * token was not valid for 4 more minutes when Zoho first refused, because another fault had delayed its renewal or it died early,
 * the difference is added.
 *
 * Not counted is the time in which another fault hits the world and 3 minutes to recover from it (12 if the connection is blocked,
 * a lease if that is longer), and in which Zoho's throttle is waited out or the budget is used up. New credentials, a
 * declaration that is removed and a restored row begin anew.
 */
export class WrongRefusals implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #episodes = new Map<string, Episode>();
  readonly #restoredAtMs = new Map<string, number>();
  #checkedAtMs = Number.NaN;

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onCallAnswered(call: ObservedCall, connection: string, kind: AnswerKind): void {
    // Zoho accepts the credentials again. That the token is too long is another change of Zoho.
    if (kind === 'unusable-token') this.#episodes.delete(connection);
    if (kind !== 'definite-refusal' || this.#episodes.has(connection)) return;
    const { goodSinceMs = Number.POSITIVE_INFINITY } = this.#truth(connection);
    const isWrong = this.#world
      .wrongRefusals(connection)
      .some(({ fromMs, untilMs }) => fromMs <= this.#world.now() && call.sentAtMs < untilMs);
    // A holder whose lease a restored backup lacks cannot record it.
    const restoredAtMs = this.#restoredAtMs.get(connection) ?? Number.NEGATIVE_INFINITY;
    const isRecorded = restoredAtMs + this.#world.longestLeaseMs < call.sentAtMs;
    if (!isWrong || !isRecorded || goodSinceMs > call.sentAtMs) return;
    this.#episodes.set(connection, { firstAtMs: this.#world.now(), lostAtMs: undefined, withoutMs: 0 });
  }

  onRowWritten({ key, before, after, task }: TableWrite): void {
    const isPublished = after.publishedGeneration?.N !== before?.publishedGeneration?.N;
    // So is one that is too long for the second store.
    const isUnusable = isUnusableToken(after.lastFailure?.M?.code?.S);
    if (task === undefined || isPublished || isUnusable) this.#episodes.delete(key);
    if (task === undefined) this.#restoredAtMs.set(key, this.#world.now());
  }

  onCheck(): void {
    const now = this.#world.now();
    const sinceLastMs = now - this.#checkedAtMs;
    this.#checkedAtMs = now;
    for (const [connection, episode] of this.#episodes) {
      const { goodSinceMs = Number.POSITIVE_INFINITY, isDeclared } = this.#truth(connection);
      if (goodSinceMs > episode.firstAtMs || !isDeclared) this.#episodes.delete(connection);
      else if (!hasValidToken(this.#world, connection)) this.#count(connection, episode, sinceLastMs);
    }
  }

  #count(connection: string, episode: Episode, sinceLastMs: number): void {
    const wasMissing = episode.lostAtMs !== undefined;
    episode.lostAtMs ??= this.#world.now();
    if (!wasMissing || this.#isExcused(connection)) return;
    episode.withoutMs += sinceLastMs;
    const allowedMs = this.#allowedMs(connection, episode, episode.lostAtMs);
    if (episode.withoutMs <= allowedMs) return;
    const [cost, allowed] = [episode.withoutMs, allowedMs].map((ms) => (ms / MINUTE_MS).toFixed(1));
    this.#violate(
      `a wrong refusal costs ${connection} ${cost} minutes without a valid token, and not ${allowed}`,
    );
  }

  #allowedMs(connection: string, { firstAtMs }: Episode, lostAtMs: number): number {
    const begun = this.#world.wrongRefusals(connection).filter(({ fromMs }) => fromMs <= this.#world.now());
    const lengthMs = Math.max(...begun.map(({ untilMs }) => untilMs)) - firstAtMs;
    const lackedMs = Math.max(0, LIFE_LEFT_MS - (lostAtMs - firstAtMs));
    // An earlier refusal counts for how often Zoho is asked, until it accepts the credentials.
    const refusals = this.#world.row(connection)?.refusedCredentials?.L ?? [];
    const earlierMs = Math.max(0, ...refusals.map(({ M }) => firstAtMs - Number(M?.first?.N)));
    return lengthMs + MORE_MS + lackedMs + (lengthMs + earlierMs > LONG_MS ? HOUR_MS : 0);
  }

  #isExcused(connection: string): boolean {
    const row = this.#world.row(connection);
    const calmSinceMs = this.#world.calmSinceMs();
    const excusedMs =
      row?.status?.S === 'blocked' ? BLOCKED_RECOVERY_MS : recoveryMs(this.#world, row, calmSinceMs);
    const now = this.#world.now();
    return now < calmSinceMs + excusedMs || isWaiting(row, now);
  }

  #truth(connection: string): ConnectionTruth {
    const truth = this.#world.connections().find(({ name }) => name === connection);
    if (truth === undefined) throw new Error(`The world has no connection ${connection}.`);
    return truth;
  }
}
