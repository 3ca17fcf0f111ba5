import type { Item } from '../expressions.ts';
import type { TableWrite } from '../simulated-table.ts';
import { numberIn, type PromiseCheck, type Violate, type WorldView } from './promise.ts';

/** A token that lives this short is renewed more often than the versions of a day allow, unless renewals are spaced. */
const SHORT_LIFE_MS = 14 * 60_000;
/** Two renewals may come early. Four more are spaced by 16 minutes and 46 seconds. */
const RENEWALS = 7;
const LEAST_MS = 60 * 60_000;

/**
 * I9: while tokens live for minutes, their scheduled renewals are spaced, so that the versions of the day are spread over it. A
 * renewal that anyone else asked for, a failure and a write from outside begin a new series.
 */
export class PacedRenewals implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #seriesMs = new Map<string, readonly number[]>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onRowWritten({ key, before, after, task }: TableWrite): void {
    const isPublished =
      (numberIn(after, 'publishedGeneration') ?? 0) > (numberIn(before, 'publishedGeneration') ?? 0);
    if (!isPublished && task !== undefined && after.lastFailure === undefined) return;
    if (!isPublished || task?.kind !== 'scheduled' || !isShortLived(after)) {
      this.#seriesMs.delete(key);
      return;
    }
    const series = [...(this.#seriesMs.get(key) ?? []), this.#world.now()].slice(-RENEWALS);
    this.#seriesMs.set(key, series);
    const [firstMs = 0] = series;
    const tookMs = this.#world.now() - firstMs;
    if (series.length === RENEWALS && tookMs < LEAST_MS)
      this.#violate(`${key} is renewed ${RENEWALS} times in ${Math.round(tookMs / 60_000)} minutes`);
  }

  onTokenSecretChanged(connection: string, author: string): void {
    if (author === 'human') this.#seriesMs.delete(connection);
  }
}

function isShortLived(row: Item): boolean {
  return (numberIn(row, 'tokenExpiresAt') ?? 0) - (numberIn(row, 'tokenIssuedAt') ?? 0) < SHORT_LIFE_MS;
}
