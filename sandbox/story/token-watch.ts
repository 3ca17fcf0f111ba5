import type { SandboxWorld } from '../world/sandbox-world.ts';

/**
 * Counts, from the outside, for how long each connection had no valid token: what a consumer reads from Secrets Manager is
 * held against what Zoho's side knows to be valid. Exact, not sampled: between two changes a token's end is known.
 */
export class TokenWatch {
  readonly #world: SandboxWorld;
  readonly #watched = new Map<string, { withoutMs: number; excusedMs: number; isExcused: boolean }>();
  #lastMs: number;

  constructor(world: SandboxWorld) {
    this.#world = world;
    this.#lastMs = world.clock.now();
  }

  /** From now on the connection should have a valid token. */
  expect(connection: string): void {
    this.#set(connection, { isExcused: false });
  }

  /** From now on nobody can expect one: Zoho revoked the authorization. */
  excuse(connection: string): void {
    this.#set(connection, { isExcused: true });
  }

  /** Moves time forward and accounts for it. Nothing may have changed in between. */
  advance(ms: number): void {
    this.#account();
    this.#world.clock.advance(ms);
    this.#account();
  }

  /** Seconds without a valid token: while one was expected, and while nobody could expect one. */
  secondsWithout(connection: string): { expected: number; excused: number } {
    const { withoutMs = 0, excusedMs = 0 } = this.#watched.get(connection) ?? {};
    return { expected: withoutMs / 1000, excused: excusedMs / 1000 };
  }

  /** Whether a valid token is expected, excused, or not watched for yet. */
  expectationOf(connection: string): 'expected' | 'excused' | 'none' {
    const watched = this.#watched.get(connection);
    if (watched === undefined) return 'none';
    return watched.isExcused ? 'excused' : 'expected';
  }

  #set(connection: string, { isExcused }: { isExcused: boolean }): void {
    this.#account();
    this.#watched.set(connection, {
      withoutMs: 0,
      excusedMs: 0,
      ...this.#watched.get(connection),
      isExcused,
    });
  }

  #account(): void {
    const nowMs = this.#world.clock.now();
    for (const [connection, count] of this.#watched) {
      const validUntilMs = Math.min(this.#validUntilMs(connection), nowMs);
      const withoutMs = nowMs - Math.max(this.#lastMs, validUntilMs);
      count[count.isExcused ? 'excusedMs' : 'withoutMs'] += withoutMs;
    }
    this.#lastMs = nowMs;
  }

  #validUntilMs(connection: string): number {
    const token = this.#world.readToken(connection);
    return (token && this.#world.zoho.validUntil(token.access_token)) ?? Number.NEGATIVE_INFINITY;
  }
}
