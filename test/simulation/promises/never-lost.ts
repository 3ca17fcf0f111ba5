import type { Item } from '../expressions.ts';
import type { TableWrite } from '../simulated-table.ts';
import { isParkedRow } from './parked.ts';
import {
  attemptAtIn,
  isUnusableToken,
  numberIn,
  type PromiseCheck,
  timesIn,
  type Violate,
  type WorldView,
} from './promise.ts';

const MINUTE_MS = 60_000;
/** Clock skew. */
const SKEW_MS = 10_000;
const LONGEST_COOL_DOWN_MS = 31 * MINUTE_MS;
const LONGEST_BACKOFF_MS = 100_000;
/** No token is renewed later. */
const LONGEST_WAIT_MS = 61 * MINUTE_MS;
/** The table is searched for impossible times every five minutes. */
const CORRECTED_MS = 8 * MINUTE_MS;
/** Tokens with a short life are renewed this long after their issue, so that the versions of a day suffice. */
const SPACING_MS = 17.5 * MINUTE_MS;
const POLL_MS = 5 * MINUTE_MS;
const LOOKS_IN_THE_FIRST_HOUR = 12;
const PARKED_POLL_MS = 60 * MINUTE_MS;
const MINT_WINDOW_MS = 11.75 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** One for declared connections, and 16 for those of a fleet. */
const LIST_OF_DUE = /^due(#(?:1[0-5]|\d))?$/;

/** I5: a connection is never lost. After every write to its row it is due again in time. */
export class NeverLost implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #lateSinceMs = new Map<string, number>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  /** What someone else wrote is corrected within minutes. */
  onCheck(): void {
    const now = this.#world.now();
    for (const { name, isDeclared } of this.#world.connections()) {
      const row = this.#world.row(name);
      const status = row?.status?.S ?? '';
      const isLate =
        isDeclared &&
        row !== undefined &&
        status !== 'disabled' &&
        (attemptAtIn(row) ?? 0) > now + LONGEST_WAIT_MS &&
        timesIn(row, 'publishes').length < 57;
      if (!isLate) this.#lateSinceMs.delete(name);
      const sinceMs = Math.max(this.#lateSinceMs.get(name) ?? now, this.#world.calmSinceMs());
      if (isLate) this.#lateSinceMs.set(name, this.#lateSinceMs.get(name) ?? now);
      if (isLate && now > sinceMs + CORRECTED_MS)
        this.#violate(`${name} (${status}) keeps a time of its next attempt that is impossible`);
    }
  }

  onRowWritten({ key: connection, before, after, task }: TableWrite): void {
    if (task === undefined) return;
    const status = after.status?.S ?? '';
    if (status === 'disabled') return;
    const nextAttemptAtMs = attemptAtIn(after) ?? Number.POSITIVE_INFINITY;
    const latestMs = this.#latestMs(after, status) + SKEW_MS;
    const [, partition = ''] = LIST_OF_DUE.exec(after.queue?.S ?? '') ?? [];
    if (!LIST_OF_DUE.test(after.queue?.S ?? '')) this.#violate(`${connection} (${status}) is in no queue`);
    if (after.live !== undefined && after.live.S !== `live${partition}`)
      this.#violate(
        `${connection} is due in ${after.queue?.S}, and its expiry is watched in ${after.live.S}`,
      );
    // What someone else wrote is only kept, and has some minutes until it is corrected. So has what a process writes whose clock
    // was set while it waited for AWS, which looks like a freeze.
    const isKept =
      attemptAtIn(before) === nextAttemptAtMs || this.#world.postponedUntilMs(connection) >= nextAttemptAtMs;
    if (nextAttemptAtMs > latestMs && !isKept && task.clockWasSet !== true) {
      const minutes = ((nextAttemptAtMs - latestMs) / MINUTE_MS).toFixed(1);
      this.#violate(`${connection} (${status}) is attempted ${minutes} minutes too late`);
    }
  }

  #latestMs(row: Item, status: string): number {
    const now = this.#world.now();
    if ((numberIn(row, 'leaseUntil') ?? 0) > now + SKEW_MS) return now + this.#world.longestLeaseMs;
    const hasFailed = (numberIn(row, 'failures') ?? 0) > 0;
    return Math.max(
      now,
      timesIn(row, 'publishes').length >= 57 ? now + DAY_MS : 0,
      timesIn(row, 'mints').length >= 6 ? now + MINT_WINDOW_MS : 0,
      status === 'cooling-down' ? now + LONGEST_COOL_DOWN_MS : 0,
      status === 'blocked' ? now + POLL_MS : 0,
      status === 'pending' ? now + pendingPollMs(row) : 0,
      isParkedRow(this.#world, row, -SKEW_MS) ? now + PARKED_POLL_MS : 0,
      status === 'active' && hasFailed ? now + longestPauseMs(row) : 0,
      status === 'active' && !hasFailed ? (numberIn(row, 'tokenExpiresAt') ?? now) : 0,
      status === 'active' && !hasFailed ? (numberIn(row, 'tokenIssuedAt') ?? 0) + SPACING_MS : 0,
    );
  }
}

/** Once an hour has passed without credentials, they are looked for ever less often. */
export function pendingPollMs(row: Item | undefined): number {
  return (numberIn(row, 'failures') ?? 0) > LOOKS_IN_THE_FIRST_HOUR ? 60 * MINUTE_MS : POLL_MS;
}

/** After a refusal, Zoho is asked again at growing intervals; after a token that is too long, as after a throttle. */
function longestPauseMs({ lastFailure }: Item): number {
  const code = lastFailure?.M?.code?.S;
  if (isUnusableToken(code)) return LONGEST_COOL_DOWN_MS;
  return code?.startsWith('invalid_') === true ? POLL_MS : LONGEST_BACKOFF_MS;
}
