import type { Item } from '../expressions.ts';
import type { TableWrite } from '../simulated-table.ts';
import {
  attemptAtIn,
  isLeaseReleased,
  numberIn,
  type PromiseCheck,
  type Violate,
  type WorldView,
} from './promise.ts';

/** From this many times on, equal ones are not a coincidence. */
const ENOUGH = 6;
/** With less jitter, equal times are too likely. */
const LEAST_JITTER_MS = 10_000;

/** Renewals of one tick follow each other within this time. */
const ONE_TICK_MS = 20_000;
/** So soon after an outage, all that it has delayed is renewed. */
const CATCHING_UP_MS = 3 * 60_000;
/** In larger fleets, some connections have to share a minute: see `herd.ts`. */
const MOST_COMPARED = 8;
/** How often in a row two connections may be renewed by the same tick: the second time they are spread. */
const MOST_TOGETHER = 2;

/**
 * I9: renewals and repeated attempts are spread over time. Connections that were renewed together, after an outage or an
 * authorization, are renewed at different minutes from the second renewal on.
 */
export class Spread implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  /** How often in a row two connections were renewed by the same tick. */
  readonly #together = new Map<string, number>();
  #renewals: readonly { readonly connection: string; readonly atMs: number }[] = [];
  readonly #delays = { refresh: [] as number[], backoff: [] as number[] };

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onRowWritten(write: TableWrite): void {
    const { key, before, after, task } = write;
    const isPublished =
      (numberIn(after, 'publishedGeneration') ?? 0) > (numberIn(before, 'publishedGeneration') ?? 0);
    if (isPublished && task?.kind === 'scheduled' && isWholeLife(after))
      this.#renewals = [...this.#renewals, { connection: key, atMs: this.#world.now() }];
    else if (isPublished || task === undefined || after.lastFailure !== undefined) this.#together.clear();
    const nextAttemptAtMs = attemptAtIn(after) ?? 0;
    if (!isLeaseReleased(write) || after.status?.S !== 'active') return;
    const failedAtMs = Number(after.lastFailure?.M?.at?.N);
    const isRefused = after.lastFailure?.M?.code?.S?.startsWith('invalid_') === true;
    if (isRefused) return;
    if (Number.isFinite(failedAtMs)) {
      // An attempt that changes nothing about an earlier failure keeps its pause.
      const isNew = failedAtMs !== Number(before?.lastFailure?.M?.at?.N);
      if (isNew) this.#delays.backoff.push(nextAttemptAtMs - failedAtMs);
    } else if (isWholeLife(after))
      this.#delays.refresh.push((numberIn(after, 'tokenExpiresAt') ?? 0) - nextAttemptAtMs);
  }

  onCheck(): void {
    const now = this.#world.now();
    const [first] = this.#renewals;
    if (first === undefined || now < first.atMs + 2 * ONE_TICK_MS) return;
    const names = new Set(
      this.#renewals
        .filter(({ atMs }) => atMs < first.atMs + ONE_TICK_MS)
        .map(({ connection }) => connection),
    );
    this.#renewals = this.#renewals.filter(({ atMs }) => atMs >= first.atMs + ONE_TICK_MS);
    if (this.#world.calmSinceMs() > first.atMs - CATCHING_UP_MS) this.#together.clear();
    if (this.#world.connections().length > MOST_COMPARED) return;
    for (const { name: one } of this.#world.connections()) {
      for (const { name: other } of this.#world.connections()) {
        if (one >= other || (!names.has(one) && !names.has(other))) continue;
        const pair = `${one} and ${other}`;
        const isSameTick = this.#world.dueList(one) === this.#world.dueList(other);
        const times =
          isSameTick && names.has(one) && names.has(other) ? (this.#together.get(pair) ?? 0) + 1 : 0;
        this.#together.set(pair, times);
        if (times > MOST_TOGETHER)
          this.#violate(`${pair} are renewed in the same minute ${times} times in a row`);
      }
    }
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
