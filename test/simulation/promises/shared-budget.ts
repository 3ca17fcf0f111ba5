import type { ApiRequest } from '../simulated-api.ts';
import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import { Complaints, MOST_A_DAY } from './complaints.ts';
import type { ProcessTruth, RefreshRequest } from './consumer-facts.ts';
import { isRefusedWrongly, isWaiting } from './excuses.ts';
import {
  attemptAtIn,
  isLeaseTaken,
  numberIn,
  type PromiseCheck,
  timesIn,
  type Violate,
  type WorldView,
} from './promise.ts';

/** Clocks of two refreshers are off by up to 5 s each. */
const SKEW_MS = 12_000;
const MINUTE_MS = 60_000;
/** What is due is refreshed with the next tick. */
const TICK_MS = MINUTE_MS;
/** How long a call counts against the budget of ten minutes. */
const MINT_WINDOW_MS = 11.75 * MINUTE_MS + SKEW_MS;
/** What operators can always have in ten minutes, and of the versions of a day, whatever consumers do. */
const OPERATORS_RESERVE = 2;
const OPERATORS_VERSIONS_RESERVE = 3;
/** Versions in a day from which on the schedule has to wait; a holder that has not reported may have written one more. */
const SCHEDULES_VERSIONS = 89;
/** Versions in a day from which on operators get no more. */
const OPERATORS_VERSIONS = 60;
const DAY_MS = 24 * 60 * MINUTE_MS + 1.75 * MINUTE_MS + SKEW_MS;
/** Versions in a day from which on consumers get no more. */
const CONSUMERS_VERSIONS = 57;
/** Complaints that are honored within a minute, in a row. */
const PROMPT_IN_A_ROW = 3;
/** For how long a client does not ask again after requests that brought nothing. */
const LONGEST_PAUSE_MS = 5 * MINUTE_MS;
/** How long a consumer that was denied does not ask again. */
const DENIED_MS = 5 * MINUTE_MS;
/** A minute, the longest wait of a client, and some seconds for the refresh. */
const REPLACED_WITHIN_MS = 2.5 * MINUTE_MS;

interface Asked {
  readonly atMs: number;
  readonly isHonored: boolean;
  latestNextAttemptMs: number;
}

/**
 * C3: consumers, broken or hostile, cause at most 8 extra mints of a connection in any 24 h, ever further apart. While that lasts, a token that
 * really died is replaced in time. No one is told to wait until after the next scheduled refresh, and operators are not
 * refused because of consumers.
 */
export class SharedBudget implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #complaints: Complaints;
  /** The process that holds a lease for a complaint about a token that the schedule had no reason to replace. */
  readonly #extraLease = new Map<string, string>();
  readonly #othersCallsMs = new Map<string, number[]>();
  readonly #asked = new Map<RefreshRequest, Asked>();
  /** Processes whose calls of a host have succeeded: what they report is about the token. */
  readonly #hasSucceeded = new Set<string>();
  /** The token that an API last rejected, by the kind of call, since a call of that kind succeeded. */
  readonly #rejected = new Map<string, string>();
  /** When one of them first heard that the published token has died. */
  readonly #diedAtMs = new Map<
    string,
    { readonly token: string; readonly atMs: number; readonly consumer: ProcessTruth }
  >();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
    this.#complaints = new Complaints(world);
  }

  onRowWritten(write: TableWrite): void {
    const { key, before, after, task } = write;
    if (task === undefined) this.#complaints.forget(key);
    for (const [{ event }, asked] of this.#asked) {
      const isOfRow = (event as { connection?: unknown } | null)?.connection === key;
      if (isOfRow) asked.latestNextAttemptMs = Math.max(asked.latestNextAttemptMs, attemptAtIn(after) ?? 0);
    }
    this.#complaints.observe(write);
    if (!isLeaseTaken(write)) return;
    // The row counts a call from when the lease is taken: its holder may end before it calls.
    if (task?.reason !== 'unauthorized')
      this.#othersCallsMs.set(key, [...(this.#othersCallsMs.get(key) ?? []), this.#world.now()]);
    const isOfConsumer = task?.reason === 'unauthorized' && before?.status?.S === 'active';
    const neededAtMs = Math.min(attemptAtIn(before) ?? 0, numberIn(before, 'tokenExpiresAt') ?? 0);
    // By the holder's clock, the token may not be due yet.
    if (isOfConsumer && neededAtMs > this.#world.now() - SKEW_MS) this.#complaints.honored(key);
    const isExtra = isOfConsumer && neededAtMs > this.#world.now() + SKEW_MS;
    if (this.#complaints.leased(write, isExtra) > 0)
      this.#violate(`the token of ${key} is replaced for a complaint so soon after the one before`);
    if (isExtra) this.#extraLease.set(key, after.leaseOwner?.S?.split('-')[0] ?? '');
    else this.#extraLease.delete(key);
  }

  onCallReceived({ name }: ObservedCall, connection: string): void {
    if (this.#extraLease.get(connection) !== name.split(' ')[0]) return;
    this.#extraLease.delete(connection);
    const count = this.#complaints.minted(connection);
    if (count > MOST_A_DAY) this.#violate(`${name} is extra mint ${count} for ${connection} in 24 hours`);
  }

  onRefreshRequested(request: RefreshRequest): void {
    const connection = connectionOf(request);
    const row = connection === undefined ? undefined : this.#world.row(connection);
    if (connection === undefined || row === undefined) return;
    const isComplaint = request.door !== 'schedule' && request.door !== 'operators';
    const isHonored = isComplaint && this.#complaints.made(connection, request.event);
    const latestNextAttemptMs = attemptAtIn(row) ?? 0;
    this.#asked.set(request, { atMs: this.#world.now(), isHonored, latestNextAttemptMs });
  }

  onRefreshAnswered(request: RefreshRequest, answer: unknown): void {
    const asked = this.#asked.get(request);
    this.#asked.delete(request);
    const connection = connectionOf(request);
    if (asked === undefined || connection === undefined || answer === undefined) return;
    const { outcome, retry_after_seconds: seconds } = answer as {
      outcome?: string;
      retry_after_seconds?: number;
    };
    const now = this.#world.now();
    if (outcome !== 'budget-exhausted') return;
    const written = timesIn(this.#world.row(connection), 'publishes').length;
    const hasScheduleBudget = this.#calls(connection) < 10 && written < SCHEDULES_VERSIONS;
    if (
      seconds !== undefined &&
      hasScheduleBudget &&
      now + seconds * 1000 > Math.max(asked.latestNextAttemptMs, now + TICK_MS) + SKEW_MS
    )
      this.#violate(
        `${request.caller} is told to wait ${seconds} s for ${connection}, which is refreshed earlier`,
      );
    const versions = timesIn(this.#world.row(connection), 'publishes').length;
    const [windowMs, reserve] =
      versions >= OPERATORS_VERSIONS
        ? [DAY_MS, OPERATORS_VERSIONS_RESERVE]
        : [MINT_WINDOW_MS, OPERATORS_RESERVE];
    if (request.door === 'operators' && this.#othersCalls(connection, windowMs) < reserve)
      this.#violate(`an operator is refused because consumers have used up the budget of ${connection}`);
    if (asked.isHonored && !this.#hasEnded(connection) && this.#world.calmSinceMs() < asked.atMs)
      this.#violate(`${request.caller} gets no new token for ${connection} although the allowance lasts`);
  }

  onApiAnswered(
    { process, consumer, connection, url, token = '', isReported }: ApiRequest,
    { status, isDead }: { status: number; isDead: boolean },
  ): void {
    // A client remembers kinds of calls that no token helps, and does not complain again about such a call. It does not know the
    // method of a reported one, which is of another kind.
    const kind = `${process} ${isReported ? '' : 'GET '}${url.host}${url.pathname}`;
    if (status === 200) {
      this.#hasSucceeded.add(kind);
      this.#rejected.delete(kind);
    }
    const rejected = this.#rejected.get(kind);
    if (status === 401) this.#rejected.set(kind, token);
    // Two tokens that are rejected for one kind of call, without a success in between, are doubted: the client does not complain.
    const isRetry = rejected !== undefined && rejected !== token;
    if (!isDead || isRetry || !this.#hasSucceeded.has(kind)) return;
    const isPublished = this.#world.currentToken(connection)?.text.includes(`"${token}"`) === true;
    const isOld =
      (numberIn(this.#world.row(connection), 'tokenIssuedAt') ?? 0) + MINUTE_MS < this.#world.now();
    if (
      !isPublished ||
      !isOld ||
      this.#hasEnded(connection) ||
      this.#diedAtMs.get(connection)?.token === token
    )
      return;
    this.#diedAtMs.set(connection, { token, consumer, atMs: this.#world.now() });
  }

  onCheck(): void {
    for (const truth of this.#world.connections()) {
      const { name, goodSinceMs } = truth;
      const died = this.#diedAtMs.get(name);
      const row = this.#world.row(name);
      if (died === undefined || row === undefined) continue;
      const isReplaced = this.#world.currentToken(name)?.text.includes(`"${died.token}"`) !== true;
      const isExcused =
        row.status?.S !== 'active' ||
        goodSinceMs === undefined ||
        isRefusedWrongly(this.#world, truth) ||
        isWaiting(row, this.#world.now()) ||
        this.#world.calmSinceMs() > died.atMs - LONGEST_PAUSE_MS ||
        // The consumer that noticed it cannot report it, or may not ask for five minutes after a denial.
        died.consumer.environment.isDead ||
        died.consumer.disturbedUntilMs > died.atMs - DENIED_MS ||
        this.#complaints.inARow(name) > PROMPT_IN_A_ROW ||
        this.#complaints.isUsedUp(name) ||
        this.#calls(name) >= 6 ||
        timesIn(row, 'publishes').length >= CONSUMERS_VERSIONS;
      if (isReplaced || isExcused) this.#diedAtMs.delete(name);
      else if (this.#world.now() > died.atMs + REPLACED_WITHIN_MS)
        this.#violate(`the token of ${name} died and was not replaced, although the allowance lasts`);
    }
  }

  /** Whether the published token has ended as it says. Tokens that live for minutes are not renewed for a consumer before that is planned. */
  #hasEnded(connection: string): boolean {
    const endsAtMs = numberIn(this.#world.row(connection), 'tokenExpiresAt') ?? 0;
    return endsAtMs < this.#world.now() + SKEW_MS;
  }

  #calls(connection: string): number {
    return timesIn(this.#world.row(connection), 'mints').filter(
      (atMs) => atMs > this.#world.now() - MINT_WINDOW_MS,
    ).length;
  }

  #othersCalls(connection: string, windowMs: number): number {
    const sinceMs = this.#world.now() - windowMs;
    return (this.#othersCallsMs.get(connection) ?? []).filter((atMs) => atMs > sinceMs).length;
  }
}

function connectionOf({ event }: RefreshRequest): string | undefined {
  const { action, connection } = (event ?? {}) as { action?: unknown; connection?: unknown };
  return action === 'refresh' && typeof connection === 'string' ? connection : undefined;
}
