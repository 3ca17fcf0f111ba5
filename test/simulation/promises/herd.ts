import type { DueList } from '../due-lists.ts';
import type { TableWrite } from '../simulated-table.ts';
import { numberIn, type PromiseCheck, type Violate, type WorldView } from './promise.ts';

const MINUTE_MS = 60_000;
/** In smaller fleets, `spread.ts` compares every two connections. */
const FEWEST_CONNECTIONS = 20;
/** So long after the last disturbance, every connection has been renewed once, and with that spread. */
const SPREAD_AFTER_MS = 65 * MINUTE_MS;
/** In a shorter time, the mean says little. */
const LEAST_WATCHED_MS = 50 * MINUTE_MS;
/** The renewals of one tick follow each other within this time. */
const ONE_TICK_MS = 30_000;
/** Two connections may share a tick in a fleet that has fewer than one renewal a minute. */
const FEWEST_TOGETHER = 2;

/**
 * I9 for a fleet: a herd that an outage or a mass authorization has aligned is gone once each connection was renewed. From then on, no
 * tick renews more than twice the mean of a minute, rounded up, or two.
 */
export class Herd implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  /** Of the connections that one schedule takes. */
  readonly #renewedAtMs = new Map<DueList, number[]>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onRowWritten({ key, before, after, task }: TableWrite): void {
    const isPublished =
      (numberIn(after, 'publishedGeneration') ?? 0) > (numberIn(before, 'publishedGeneration') ?? 0);
    if (!isPublished || task?.kind !== 'scheduled') return;
    const list = this.#world.dueList(key);
    this.#renewedAtMs.set(list, [...(this.#renewedAtMs.get(list) ?? []), this.#world.now()]);
  }

  onEnd(): void {
    const connections = this.#world.connections();
    if (connections.length < FEWEST_CONNECTIONS) return;
    const lastChangeMs = Math.max(
      this.#world.calmSinceMs(),
      ...connections.map(({ changedAtMs }) => changedAtMs),
    );
    const fromMs = lastChangeMs + SPREAD_AFTER_MS;
    const minutes = (this.#world.now() - fromMs) / MINUTE_MS;
    if (minutes * MINUTE_MS < LEAST_WATCHED_MS) return;
    for (const times of this.#renewedAtMs.values())
      this.#checkTicks(
        times.filter((atMs) => atMs >= fromMs),
        minutes,
      );
  }

  #checkTicks(renewed: readonly number[], minutes: number): void {
    const mostAllowed = Math.max(FEWEST_TOGETHER, Math.ceil((2 * renewed.length) / minutes));
    const most = mostTogether(renewed);
    if (most > mostAllowed)
      this.#violate(
        `a tick renews ${most} connections, and the mean of a minute is ${(renewed.length / minutes).toFixed(1)}`,
      );
  }
}

/** How many of the times are within one tick at most. */
function mostTogether(sortedMs: readonly number[]): number {
  let first = 0;
  let most = 0;
  for (const [index, atMs] of sortedMs.entries()) {
    while ((sortedMs[first] ?? atMs) <= atMs - ONE_TICK_MS) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
