import type { AnswerKind } from '../answer-kind.ts';
import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import {
  credentialsKey,
  isLeaseReleased,
  isLeaseTaken,
  isUnusableToken,
  type PromiseCheck,
  type WorldView,
} from './promise.ts';

const MINUTE_MS = 60_000;
/** How long Zoho is not called after a throttle. */
const QUIET_MS = 10 * MINUTE_MS;
/** How long credentials are refused before Zoho is asked about them only once in as long. */
const LONG_REFUSED_MS = 60 * MINUTE_MS;
/** Before that, the most calls in ten minutes: at once, and after about 1, 3 and 8 minutes. */
const ASKS_IN_TEN_MINUTES = 4;
/** How long a refusal of credentials that were accepted before is repeated before it blocks a connection with a valid token. */
const CONFIRMED_AFTER_MS = 150_000;
/** Clock skew, and the time that a call takes to reach Zoho after it was counted. */
const SLACK_MS = 100_000;
/** Between the clock of a process and that of the world. */
const CLOCKS_DIFFER_MS = 30_000;
/** How long a refusal can precede the row that records it: a lease, a pause and a late delivery. */
const EVIDENCE_MS = 20 * MINUTE_MS;

interface Refusal {
  readonly kind: Exclude<AnswerKind, 'other'>;
  readonly credentials: string;
  readonly atMs: number;
  /** Whether an operator asked, who may ask at once. */
  readonly isOperators: boolean;
  /** Whether the row records it. If the holder dies before, Zoho has to be asked again. */
  readonly isOnRecord: boolean;
}

/**
 * I6, first half: nothing but a definite answer of Zoho, or credentials that cannot be read, blocks a connection. While its
 * published token is valid and Zoho accepted the credentials before, the answer is repeated first.
 * I8: unless an operator asks, credentials that Zoho refused are sent again a few times in the first ten minutes, every six
 * minutes in the first hour and then every hour, however often an eventually consistent read shows them again; a throttled
 * connection does not call Zoho for ten minutes, nor does one whose new token is too long, unless an operator asks.
 */
export class Blocking implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: (promise: 'I6' | 'I8', message: string) => void;
  /** Zoho's last answer for a connection, where that was a refusal. */
  readonly #latest = new Map<string, Refusal>();
  /** Every refusal that still counts, of any credentials that a connection has had. */
  readonly #refusals = new Map<string, readonly Refusal[]>();
  /** When credentials were refused first since the connection last got a token. An answer that cannot be read changes nothing. */
  readonly #firstRefusedAtMs = new Map<string, number>();
  readonly #restoredAtMs = new Map<string, number>();

  constructor(world: WorldView, violate: (promise: 'I6' | 'I8', message: string) => void) {
    this.#world = world;
    this.#violate = violate;
  }

  onCallReceived(call: ObservedCall, connection: string): void {
    const nowMs = this.#world.now();
    const credentials = credentialsOf(call);
    const { changedAtMs, versionsWith } = this.#truth(connection);
    const known = (this.#refusals.get(connection) ?? []).filter(
      (refusal) =>
        refusal.credentials === credentials &&
        (refusal.isOnRecord || this.#mustBeRecorded(refusal, connection)),
    );
    const throttle = known.findLast(
      ({ kind, atMs }) => kind === 'throttle' && changedAtMs <= atMs && nowMs - atMs < QUIET_MS - SLACK_MS,
    );
    const refused = known.filter(({ kind }) => kind === 'definite-refusal');
    const latest = known.at(-1);
    const isUnusable = latest?.kind === 'unusable-token' && nowMs - latest.atMs < QUIET_MS - SLACK_MS;
    const unusable = isUnusable && !isOperators(call) ? latest : undefined;
    const tooOften = isOperators(call) ? undefined : askedTooOften(refused, versionsWith(credentials), nowMs);
    const broken = throttle ?? unusable ?? tooOften;
    if (broken === undefined) return;
    const minutes = ((nowMs - broken.atMs) / MINUTE_MS).toFixed(1);
    this.#violate('I8', `${call.name} asks for ${connection} ${minutes} minutes after a ${broken.kind}`);
  }

  onCallAnswered(call: ObservedCall, connection: string, kind: AnswerKind): void {
    const credentials = credentialsOf(call);
    const known = this.#refusals.get(connection) ?? [];
    if (kind === 'other') {
      this.#latest.delete(connection);
      const stillCounts = (refusal: Refusal) =>
        refusal.kind === 'definite-refusal' && refusal.credentials !== credentials;
      this.#refusals.set(connection, known.filter(stillCounts));
    } else {
      const refusal = {
        kind,
        credentials,
        atMs: this.#world.now(),
        isOperators: isOperators(call),
        isOnRecord: false,
      };
      // A token that is too long is none, but Zoho has accepted the credentials.
      const isAccepted = (each: Refusal) =>
        kind === 'unusable-token' && each.kind === 'definite-refusal' && each.credentials === credentials;
      this.#latest.set(connection, refusal);
      this.#refusals.set(connection, [...known.filter((each) => !isAccepted(each)), refusal]);
      if (kind === 'definite-refusal' && !this.#firstRefusedAtMs.has(connection))
        this.#firstRefusedAtMs.set(connection, refusal.atMs);
    }
  }

  onRowWritten(write: TableWrite): void {
    const { key: connection, before, after } = write;
    const isForgotten = before?.status?.S === 'disabled' || write.task === undefined;
    const isPublished = after.publishedGeneration?.N !== before?.publishedGeneration?.N;
    // A restored row may hold refusals from before, and the connection is blocked by the next one.
    if (write.task === undefined) this.#firstRefusedAtMs.set(connection, Number.NEGATIVE_INFINITY);
    else if (isForgotten || isPublished) this.#firstRefusedAtMs.delete(connection);
    if (isForgotten) this.#refusals.delete(connection);
    // An operator may ask although a token was too long. If that attempt dies, the schedule continues it.
    else if (isLeaseTaken(write) && write.task?.reason === 'operator')
      this.#drop(connection, ({ kind }) => kind === 'unusable-token');
    // After a restore, the write of a holder that blocks the connection may be delivered again.
    if (write.task === undefined) this.#restoredAtMs.set(connection, this.#world.now());
    else if (isForgotten) this.#latest.delete(connection);
    const refusal = this.#latest.get(connection);
    const code = after.lastFailure?.M?.code?.S;
    const isRefusal = code === 'throttled' || isUnusableToken(code) || code?.startsWith('invalid_') === true;
    const isNew = after.lastFailure?.M?.at?.N !== before?.lastFailure?.M?.at?.N;
    if (refusal !== undefined && isLeaseReleased(write) && isRefusal && isNew) {
      const recorded = { ...refusal, isOnRecord: true };
      this.#latest.set(connection, recorded);
      const known = this.#refusals.get(connection) ?? [];
      this.#refusals.set(
        connection,
        known.map((each) => (each === refusal ? recorded : each)),
      );
    }
    if (after.status?.S !== 'blocked' || before?.status?.S === 'blocked' || isForgotten) return;
    const sinceMs = this.#world.now() - EVIDENCE_MS;
    const wasRefused = refusal?.kind === 'definite-refusal' && refusal.atMs > sinceMs;
    const wasMalformed = this.#truth(connection).malformedUntilMs > sinceMs;
    if (!wasRefused && !wasMalformed) {
      this.#violate('I6', `${connection} is blocked (${code}) although Zoho refused nothing for good`);
    }
    if (!wasMalformed && before !== undefined && this.#wasHasty(write, connection)) {
      this.#violate('I6', `${connection} is blocked (${code}) by a refusal that Zoho has not repeated`);
    }
  }

  #drop(connection: string, isDropped: (refusal: Refusal) => boolean): void {
    const known = this.#refusals.get(connection) ?? [];
    this.#refusals.set(
      connection,
      known.filter((refusal) => !isDropped(refusal)),
    );
  }

  /** Whether a connection in service is blocked although its token is valid, with credentials that Zoho has not refused for long. */
  #wasHasty({ before, after }: TableWrite, connection: string): boolean {
    const nowMs = this.#world.now();
    const wasInService = before?.status?.S === 'active' || before?.status?.S === 'cooling-down';
    const isValid = Number(after.tokenExpiresAt?.N ?? 0) > nowMs + SLACK_MS;
    const wasAccepted = before?.credentialsVersionId?.S === after.credentialsVersionId?.S;
    if (!wasInService || !isValid || !wasAccepted) return false;
    const firstAtMs = this.#firstRefusedAtMs.get(connection) ?? nowMs;
    return nowMs - firstAtMs < CONFIRMED_AFTER_MS - CLOCKS_DIFFER_MS;
  }

  /** Whether nothing kept the holder from recording it: no disturbance, and no restored backup that lacks its lease. */
  #mustBeRecorded({ atMs }: Refusal, connection: string): boolean {
    const restoredAtMs = this.#restoredAtMs.get(connection) ?? Number.NEGATIVE_INFINITY;
    return this.#world.calmSinceMs() < atMs && restoredAtMs + this.#world.longestLeaseMs < atMs;
  }

  #truth(connection: string) {
    const truth = this.#world.connections().find(({ name }) => name === connection);
    if (truth === undefined) throw new Error(`The world has no connection ${connection}.`);
    return truth;
  }
}

function isOperators({ task }: ObservedCall): boolean {
  return task.reason === 'operator';
}

function credentialsOf({ dataCenter, refreshToken, clientSecret }: ObservedCall): string {
  return credentialsKey(dataCenter, refreshToken, clientSecret);
}

/**
 * The last of the refusals after which Zoho should not have been asked again yet. Each version that holds the credentials may be
 * asked about as often.
 */
function askedTooOften(refused: readonly Refusal[], versions: number, nowMs: number): Refusal | undefined {
  const [first] = refused;
  const last = refused.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const isLongRefused = last.atMs - first.atMs >= LONG_REFUSED_MS + SLACK_MS;
  const windowMs = (isLongRefused ? LONG_REFUSED_MS : 10 * MINUTE_MS) - SLACK_MS;
  const most = isLongRefused ? 1 : ASKS_IN_TEN_MINUTES;
  const recent = refused.filter((refusal) => !refusal.isOperators && refusal.atMs > nowMs - windowMs);
  return recent.length >= most * versions ? last : undefined;
}
