import type { RefreshRequest } from './consumer-facts.ts';
import type { PromiseCheck, Violate, WorldView } from './promise.ts';

/** The refresher waits 3 s for the table. It may have to start first, for up to a second. */
const BOUND_MS = 5_000;

/** Says at once that the request is wrong. */
const REFUSED = ['invalid-request', 'not-allowed'];

/** C2, for callers of the refresher: while DynamoDB hangs, they get an answer in seconds that says when to ask again. */
export class BoundedAnswers implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #asked = new Set<RefreshRequest>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onRefreshRequested(request: RefreshRequest): void {
    const isOnDemand = request.door === 'consumers' || request.door === 'operators';
    if (isOnDemand && this.#world.isTableHanging()) this.#asked.add(request);
  }

  onRefreshAnswered(request: RefreshRequest, answer: unknown, tookMs: number): void {
    if (!this.#asked.delete(request) || !this.#world.isTableHanging()) return;
    const { outcome = '', retry_after_seconds: retry } = (answer ?? {}) as {
      outcome?: string;
      retry_after_seconds?: number;
    };
    if (tookMs > BOUND_MS)
      this.#violate(
        `${request.caller} waits ${(tookMs / 1000).toFixed(1)} s for an answer while DynamoDB hangs`,
      );
    else if (!REFUSED.includes(outcome) && (outcome !== 'failed' || retry === undefined))
      this.#violate(
        `${request.caller} is answered "${outcome}" while DynamoDB hangs, and not when to ask again`,
      );
  }
}
