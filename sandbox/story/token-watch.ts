import type { LocalDeployment } from '../deployment/local-deployment.ts';

/**
 * Counts for how long each connection had no valid token, by comparing what a consumer reads from Secrets Manager with the
 * tokens that the simulated Zoho accepts. The count is exact, because the end of a token is known between two changes.
 */
export class TokenWatch {
  readonly #deployment: LocalDeployment;
  readonly #watched = new Map<string, { withoutMs: number; excusedMs: number; isExcused: boolean }>();
  #lastMs: number;

  constructor(deployment: LocalDeployment) {
    this.#deployment = deployment;
    this.#lastMs = deployment.clock.now();
  }

  /** From now on the connection should have a valid token. */
  expect(connection: string): void {
    this.#set(connection, { isExcused: false });
  }

  /** From now on none is expected: Zoho revoked the authorization. */
  excuse(connection: string): void {
    this.#set(connection, { isExcused: true });
  }

  /** Advances the clock and counts. No token may change in between. */
  advance(ms: number): void {
    this.#account();
    this.#deployment.clock.advance(ms);
    this.#account();
  }

  /** Seconds without a valid token: while one was expected, and while none was. */
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
    const nowMs = this.#deployment.clock.now();
    for (const [connection, count] of this.#watched) {
      const validUntilMs = Math.min(this.#validUntilMs(connection), nowMs);
      const withoutMs = nowMs - Math.max(this.#lastMs, validUntilMs);
      count[count.isExcused ? 'excusedMs' : 'withoutMs'] += withoutMs;
    }
    this.#lastMs = nowMs;
  }

  #validUntilMs(connection: string): number {
    const token = this.#deployment.readToken(connection);
    return (token && this.#deployment.zoho.validUntil(token.access_token)) ?? Number.NEGATIVE_INFINITY;
  }
}
