import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import {
  attemptAtIn,
  isLeaseTaken,
  numberIn,
  type PromiseCheck,
  type Violate,
  type WorldView,
} from './promise.ts';

/** Clock skew. */
const SKEW_MS = 10_000;

/**
 * I1: never two mints in flight for one connection, and none without a lease. However many callers ask, there is one mint:
 * none by the schedule before the connection is due, and none for a rejected token that has been replaced already.
 */
export class OneMint implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  readonly #inFlight = new Map<string, ObservedCall>();
  readonly #restoredAtMs = new Map<string, number>();

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onCallSent(call: ObservedCall, connection: string): void {
    const other = this.#inFlight.get(connection);
    this.#inFlight.set(connection, call);
    if (this.#mayHaveLostLease(connection)) return;
    if (other !== undefined)
      this.#violate(`${call.name} and ${other.name} call Zoho for ${connection} at once`);
    else if (!this.#hasLease(call, connection))
      this.#violate(`${call.name} calls Zoho for ${connection} without a lease`);
  }

  onCallOver(call: ObservedCall, connection: string): void {
    if (this.#inFlight.get(connection) === call) this.#inFlight.delete(connection);
  }

  onRowWritten(write: TableWrite): void {
    const { key, before, task } = write;
    if (task === undefined) this.#restoredAtMs.set(key, this.#world.now());
    if (task === undefined || !isLeaseTaken(write)) return;
    const now = this.#world.now();
    const isDue = (attemptAtIn(before) ?? 0) <= now + SKEW_MS;
    if (task.kind === 'scheduled' && !isDue) this.#violate(`the schedule mints for ${key}, which is not due`);
    const isTokenGood = (numberIn(before, 'tokenExpiresAt') ?? 0) > now + SKEW_MS;
    const published = numberIn(before, 'publishedGeneration') ?? 0;
    if (isTokenGood && task.rejectedGeneration !== undefined && task.rejectedGeneration < published) {
      this.#violate(
        `a mint for ${key} because of generation ${task.rejectedGeneration}, although ${published} is published`,
      );
    }
  }

  /** Whether the row says that the sender holds a lease that has not expired. */
  #hasLease(call: ObservedCall, connection: string): boolean {
    const row = this.#world.row(connection);
    if (row === undefined) return true;
    const [process] = call.name.split(' ');
    const untilMs = numberIn(row, 'leaseUntil') ?? 0;
    const isHolder = row.leaseOwner?.S?.startsWith(`${process}-`) === true;
    return isHolder && this.#world.now() <= untilMs + SKEW_MS;
  }

  /** Whether the holder's lease may be missing because a backup without it was restored. */
  #mayHaveLostLease(connection: string): boolean {
    const restoredAtMs = this.#restoredAtMs.get(connection) ?? Number.NEGATIVE_INFINITY;
    return this.#world.now() < restoredAtMs + this.#world.longestLeaseMs;
  }
}
