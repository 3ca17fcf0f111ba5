import type { ApiRequest } from '../simulated-api.ts';
import type { ConsumerCall, ConsumerResult, RefreshRequest } from './consumer-facts.ts';
import { numberIn, type PromiseCheck, type Violate, type WorldView } from './promise.ts';

/** Clocks of the refresher and of a consumer are off by up to 5 s each; a `Date` of AWS has whole seconds. */
const SKEW_MS = 12_000;
/** A client believes the refresher for this long at most. */
const BELIEVED_MS = 60_000;
/** Times that are later than this were written by a wrong clock. */
const IMPOSSIBLE_MS = 50_000;

interface Published {
  readonly generation: number;
  readonly expiresAtMs: number;
}

/**
 * C1: no expired token is returned or sent, and no refresh is requested for a token that has not expired and that no API
 * rejected: not by a process that was frozen for hours, nor by one whose clock jumps or runs two hours ahead. A caller that takes a
 * valid token for expired gets no other one.
 */
export class UnexpiredToken implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  /** Every token that was ever published, by its text. */
  readonly #published = new Map<string, Published>();
  /** When the published token expires, of each request that takes it for expired. */
  readonly #takenForExpired = new Map<
    RefreshRequest,
    { readonly atMs: number; readonly expiresAtMs: number }
  >();
  /** The tokens of each process that an API has rejected: its generations. */
  readonly #rejected = new Map<string, Set<number>>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onTokenSecretChanged(connection: string): void {
    const text = this.#world.currentToken(connection)?.text ?? '';
    const token = /"access_token":"([^"]*)"/.exec(text)?.[1];
    const generation = Number(/"generation":(\d+)/.exec(text)?.[1]);
    const expiresAtMs = Date.parse(/"expires_at":"([^"]*)"/.exec(text)?.[1] ?? '');
    if (token !== undefined && Number.isFinite(generation + expiresAtMs))
      this.#published.set(token, { generation, expiresAtMs });
  }

  onConsumerReturned(call: ConsumerCall, result: ConsumerResult): void {
    if (result.kind !== 'token' || this.#isVouchedFor(call.connection, result.expiresAtMs)) return;
    const minutes = this.#minutesExpired(result.expiresAtMs);
    if (minutes !== undefined)
      this.#violate(`${call.name} returns a token that expired ${minutes} minutes ago`);
  }

  onApiRequest({ process, connection, token = '' }: ApiRequest): void {
    const endsAtMs = this.#world.endsAtZohoMs(token);
    const publishedUntilMs = this.#published.get(token)?.expiresAtMs ?? Number.POSITIVE_INFINITY;
    if (this.#isVouchedFor(connection, publishedUntilMs)) return;
    const minutes = this.#minutesExpired(endsAtMs ?? this.#published.get(token)?.expiresAtMs);
    if (minutes !== undefined) this.#violate(`${process} sends a token that expired ${minutes} minutes ago`);
  }

  onApiAnswered({ process, token = '' }: ApiRequest, { status }: { status: number }): void {
    if (status !== 401) return;
    const generation = this.#published.get(token)?.generation;
    const known = this.#rejected.get(process) ?? new Set();
    if (generation !== undefined) this.#rejected.set(process, known.add(generation));
  }

  onRefreshRequested(request: RefreshRequest): void {
    const { caller, event } = request;
    this.#noteExpired(request);
    if (!/^K\d/.test(caller)) return;
    const { connection, rejectedGeneration } = event as { connection: string; rejectedGeneration?: number };
    if (rejectedGeneration === undefined || this.#rejected.get(caller)?.has(rejectedGeneration)) return;
    const text = this.#world.currentToken(connection)?.text ?? '';
    const isPublished = text.includes(`"generation":${rejectedGeneration},`);
    const expiresAtMs = Date.parse(/"expires_at":"([^"]*)"/.exec(text)?.[1] ?? '');
    if (isPublished && expiresAtMs > this.#world.now() + SKEW_MS)
      this.#violate(
        `${caller} requests a refresh of ${connection}, whose token is valid and was not rejected`,
      );
  }

  onRefreshAnswered(request: RefreshRequest, answer: unknown): void {
    const taken = this.#takenForExpired.get(request);
    this.#takenForExpired.delete(request);
    const isReplaced = (answer as { outcome?: unknown } | undefined)?.outcome === 'refreshed';
    const wasValid = taken !== undefined && taken.expiresAtMs > this.#world.now() + SKEW_MS;
    // A row that was lost or restored in between does not say what is published.
    if (isReplaced && wasValid && this.#world.calmSinceMs() < taken.atMs)
      this.#violate(`${request.caller} takes a valid token for expired, and gets another one`);
  }

  #noteExpired(request: RefreshRequest): void {
    const { reason, connection } = (request.event ?? {}) as { reason?: unknown; connection?: unknown };
    const row = typeof connection === 'string' ? this.#world.row(connection) : undefined;
    const statedMs = numberIn(row, 'tokenExpiresAt');
    if (reason !== 'expired' || typeof connection !== 'string' || statedMs === undefined) return;
    // The refresher corrects times that are impossible, and renews the token: no one knows when it expires.
    const issuedAtMs = numberIn(row, 'tokenIssuedAt') ?? 0;
    if (issuedAtMs > this.#world.now() + IMPOSSIBLE_MS) return;
    // What someone else wrote into the row makes no token live longer.
    const text = this.#world.currentToken(connection)?.text ?? '';
    const publishedMs = Date.parse(/"expires_at":"([^"]*)"/.exec(text)?.[1] ?? '');
    const expiresAtMs = Number.isFinite(publishedMs) ? Math.min(statedMs, publishedMs) : statedMs;
    this.#takenForExpired.set(request, { atMs: this.#world.now(), expiresAtMs });
  }

  /**
   * A client believes the refresher for a minute that its own clock is wrong, and the refresher believes a row that someone else wrote,
   * until the end that it states.
   */
  #isVouchedFor(connection: string, publishedUntilMs: number): boolean {
    const saidUntilMs = numberIn(this.#world.row(connection), 'tokenExpiresAt') ?? 0;
    const isStated = saidUntilMs > this.#world.now() - BELIEVED_MS - SKEW_MS;
    return isStated && saidUntilMs > publishedUntilMs + SKEW_MS;
  }

  #minutesExpired(expiresAtMs = Number.POSITIVE_INFINITY): string | undefined {
    const expiredMs = this.#world.now() - expiresAtMs;
    return expiredMs > SKEW_MS ? (expiredMs / 60_000).toFixed(1) : undefined;
  }
}
