import type { TableWrite } from '../simulated-table.ts';
import type { AnswerKind, ObservedCall } from '../simulated-zoho.ts';
import { credentialsKey, isLeaseReleased, type PromiseCheck, type WorldView } from './promise.ts';

const MINUTE_MS = 60_000;
/** How long Zoho is not called after a definite refusal, and after a throttle. */
const QUIET_MS = { 'definite-refusal': 60 * MINUTE_MS, throttle: 10 * MINUTE_MS };
/** Clock skew, and the time that a call takes to reach Zoho after it was counted. */
const SLACK_MS = 100_000;
/** How long a refusal can precede the row that records it: a lease, a pause and a late delivery. */
const EVIDENCE_MS = 20 * MINUTE_MS;

interface Refusal {
  readonly kind: Exclude<AnswerKind, 'other'>;
  readonly credentials: string;
  readonly atMs: number;
  /** Whether the row records it. If the holder dies before, Zoho has to be asked again. */
  readonly isOnRecord: boolean;
}

/**
 * I6, first half: nothing but a definite answer of Zoho, or credentials that cannot be read, blocks a connection.
 * I8: credentials that Zoho refused are not sent again for an hour, however often an eventually consistent read shows them
 * again; a throttled connection does not call Zoho for ten minutes.
 */
export class Blocking implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: (promise: 'I6' | 'I8', message: string) => void;
  /** Zoho's last answer for a connection, where that was a refusal. */
  readonly #latest = new Map<string, Refusal>();
  /** Every refusal that still counts, of any credentials that a connection has had. */
  readonly #refusals = new Map<string, readonly Refusal[]>();
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
        nowMs - refusal.atMs < QUIET_MS[refusal.kind] - SLACK_MS &&
        (refusal.isOnRecord || this.#mustBeRecorded(refusal, connection)),
    );
    const throttle = known.findLast(({ kind, atMs }) => kind === 'throttle' && changedAtMs <= atMs);
    const refused = known.filter(({ kind }) => kind === 'definite-refusal');
    // Each version that holds the credentials may be tried once an hour.
    const tooOften = refused.length >= versionsWith(credentials) ? refused.at(-1) : undefined;
    const broken = throttle ?? tooOften;
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
      const refusal = { kind, credentials, atMs: this.#world.now(), isOnRecord: false };
      this.#latest.set(connection, refusal);
      this.#refusals.set(connection, [...known, refusal]);
    }
  }

  onRowWritten(write: TableWrite): void {
    const { key: connection, before, after } = write;
    const isForgotten = before?.status?.S === 'disabled' || write.task === undefined;
    if (isForgotten) {
      this.#latest.delete(connection);
      this.#refusals.delete(connection);
    }
    if (write.task === undefined) this.#restoredAtMs.set(connection, this.#world.now());
    const refusal = this.#latest.get(connection);
    const code = after.lastFailure?.M?.code?.S;
    const isRefusal = code === 'throttled' || code?.startsWith('invalid_') === true;
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

function credentialsOf({ dataCenter, refreshToken, clientSecret }: ObservedCall): string {
  return credentialsKey(dataCenter, refreshToken, clientSecret);
}
