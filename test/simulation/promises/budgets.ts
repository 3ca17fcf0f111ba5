import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import {
  isLeaseReleased,
  type PromiseCheck,
  type Purpose,
  timesIn,
  type Violate,
  type WorldView,
} from './promise.ts';

const TEN_MINUTES_MS = 600_000;
const DAY_MS = 24 * 3_600_000;

const CALLS = { scheduled: 10, operator: 8, unauthorized: 6 };
const VERSIONS = { all: 90, forced: 60 };

/**
 * I2: at most 10 calls of the token endpoint in any 10 minutes and 90 published versions in any 24 h; operators stop
 * at 8 and 60, consumers at 6 calls. A row whose lease is released counts every call and version.
 */
export class Budgets implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  /**
   * Connections whose row was restored, or written by a process whose clock was set while it waited for AWS, which looks like a freeze. The row has
   * lost its counts, so nothing is promised.
   */
  readonly #uncounted = new Set<string>();
  readonly #callsMs = new Map<string, number[]>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onCallReceived({ name, task }: ObservedCall, connection: string): void {
    const calls = [...this.#callsOf(connection), this.#world.now()];
    this.#callsMs.set(connection, calls);
    const { kind, reason = 'unauthorized' } = task;
    const asker = kind === 'forced' ? reason : kind;
    const limit = CALLS[asker];
    if (calls.length > limit && !this.#uncounted.has(connection)) {
      this.#violate(`${name}, ${asker}, is call ${calls.length} for ${connection} in ten minutes`);
    }
  }

  onTokenSecretChanged(connection: string, author: Purpose | 'human'): void {
    if (author === 'human') return;
    const versions = this.#world
      .versionsWritten(connection)
      .filter(({ atMs }) => atMs > this.#world.now() - DAY_MS);
    const limit = versions.at(-1)?.kind === 'forced' ? VERSIONS.forced : VERSIONS.all;
    if (versions.length > limit) this.#violate(`${connection} got ${versions.length} versions in 24 hours`);
  }

  onRowWritten(write: TableWrite): void {
    if (write.task === undefined || write.task.clockWasSet === true) this.#uncounted.add(write.key);
    if (this.#uncounted.has(write.key)) return;
    if (!isLeaseReleased(write)) return;
    const { key: connection, after } = write;
    const calls = this.#callsOf(connection).length;
    const counted = timesIn(after, 'mints').length;
    if (counted < calls) this.#violate(`the row of ${connection} counts ${counted} of ${calls} calls`);
    const versions = this.#world
      .versionsWritten(connection)
      .filter(({ atMs }) => atMs > this.#world.now() - DAY_MS).length;
    const countedVersions = timesIn(after, 'publishes').length;
    if (countedVersions < versions) {
      this.#violate(`the row of ${connection} counts ${countedVersions} of ${versions} versions`);
    }
  }

  #callsOf(connection: string): number[] {
    const sinceMs = this.#world.now() - TEN_MINUTES_MS;
    return (this.#callsMs.get(connection) ?? []).filter((atMs) => atMs > sinceMs);
  }
}
