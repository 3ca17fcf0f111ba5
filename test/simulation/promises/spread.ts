import type { TableWrite } from '../simulated-table.ts';
import { isGivenBack, numberIn, type PromiseCheck, type Violate, type WorldView } from './promise.ts';

/** So many equal times in a row are no accident any more. */
const ENOUGH = 6;
/** Below this, times are equal too often. */
const LEAST_JITTER_MS = 10_000;

/** I9: what could happen to many connections at once is spread over time: refreshes by their jitter, attempts after a failure too. */
export class Spread implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #delays = { refresh: [] as number[], backoff: [] as number[] };

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onRowWritten(write: TableWrite): void {
    const { after } = write;
    const nextAttemptAtMs = numberIn(after, 'nextAttemptAt') ?? 0;
    if (!isGivenBack(write) || after.status?.S !== 'active') return;
    const failedAtMs = Number(after.lastFailure?.M?.at?.N);
    if (Number.isFinite(failedAtMs)) this.#delays.backoff.push(nextAttemptAtMs - failedAtMs);
    else this.#delays.refresh.push((numberIn(after, 'tokenExpiresAt') ?? 0) - nextAttemptAtMs);
  }

  onEnd(): void {
    const { refresh, backoff } = this.#delays;
    const hasJitter = this.#world.refreshJitterMs >= LEAST_JITTER_MS;
    if (hasJitter && isAlwaysTheSame(refresh)) this.#violate('tokens are renewed at the same age every time');
    if (isAlwaysTheSame(backoff))
      this.#violate('a failed attempt is repeated after the same time every time');
  }
}

function isAlwaysTheSame(values: readonly number[]): boolean {
  return values.length >= ENOUGH && new Set(values).size < values.length / 2;
}
