import type { Item } from '../expressions.ts';
import type { TableWrite } from '../simulated-table.ts';
import { isLeaseReleased, numberIn, type PromiseCheck, type Violate, type WorldView } from './promise.ts';

/** From this many times on, equal ones are not a coincidence. */
const ENOUGH = 6;
/** With less jitter, equal times are too likely. */
const LEAST_JITTER_MS = 10_000;

/** I9: renewals and repeated attempts are spread over time. */
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
    if (!isLeaseReleased(write) || after.status?.S !== 'active') return;
    const failedAtMs = Number(after.lastFailure?.M?.at?.N);
    const isRefused = after.lastFailure?.M?.code?.S?.startsWith('invalid_') === true;
    if (isRefused) return;
    if (Number.isFinite(failedAtMs)) this.#delays.backoff.push(nextAttemptAtMs - failedAtMs);
    else if (isWholeLife(after))
      this.#delays.refresh.push((numberIn(after, 'tokenExpiresAt') ?? 0) - nextAttemptAtMs);
  }

  onEnd(): void {
    const { refresh, backoff } = this.#delays;
    const hasJitter = this.#world.refreshJitterMs >= LEAST_JITTER_MS;
    if (hasJitter && isMostlyEqual(refresh)) this.#violate('tokens are renewed at the same age every time');
    if (isMostlyEqual(backoff)) this.#violate('failed attempts are repeated after the same delay every time');
  }
}

/** A shorter life leaves no room for jitter. */
function isWholeLife(row: Item): boolean {
  return (numberIn(row, 'tokenExpiresAt') ?? 0) - (numberIn(row, 'tokenIssuedAt') ?? 0) > 59 * 60_000;
}

function isMostlyEqual(values: readonly number[]): boolean {
  return values.length >= ENOUGH && new Set(values).size < values.length / 2;
}
