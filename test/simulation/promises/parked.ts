import type { Item } from '../expressions.ts';
import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import { attemptAtIn, numberIn, type PromiseCheck, type Violate, type WorldView } from './promise.ts';

const MINUTE_MS = 60_000;
/** Clock skew, and the time in which an attempt that began before ends. */
const JUST_PARKED_MS = 2 * MINUTE_MS;
/** A parked connection is looked at once an hour. */
const LEAST_PAUSE_MS = 55 * MINUTE_MS;
/** Zoho is asked about its credentials once a day. */
const ASKED_AGAIN_MS = 23 * 60 * MINUTE_MS;

/** Whether a connection has been blocked for so long that it is parked. */
export function isParkedRow(world: WorldView, row: Item | undefined, sinceMs = 0): boolean {
  const blockedAtMs = numberIn(row, 'blockedAt');
  return (
    row?.status?.S === 'blocked' &&
    blockedAtMs !== undefined &&
    world.now() >= blockedAtMs + world.parkAfterMs + sinceMs
  );
}

/**
 * I6 for a parked connection: it is looked at once an hour, Zoho is asked about it once a day, and it is not counted as blocked. That it
 * recovers at once when it is authorized, `valid-token.ts` says.
 */
export class Parked implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onOutput(output: unknown): void {
    const { values, connection = '' } = (output ?? {}) as {
      values?: { Blocked?: number };
      connection?: string;
    };
    if (values?.Blocked === 1 && this.#isParked(this.#world.row(connection)))
      this.#violate(`${connection} is parked, and is counted as blocked`);
  }

  onCallSent(call: ObservedCall, connection: string): void {
    const row = this.#world.row(connection);
    if (call.task.reason === 'operator' || !this.#isParked(row)) return;
    const versionId = this.#world.currentCredentials(connection)?.versionId;
    const refusal = row?.refusedCredentials?.L?.find(({ M }) => M?.versionId?.S === versionId);
    const refusedForMs = this.#world.now() - Number(refusal?.M?.at?.N);
    if (refusedForMs < ASKED_AGAIN_MS)
      this.#violate(
        `Zoho is asked about the parked ${connection} again after ${(refusedForMs / MINUTE_MS).toFixed(1)} minutes`,
      );
  }

  onRowWritten({ key, before, after, task }: TableWrite): void {
    const isLook = task !== undefined && after.leaseOwner === undefined && this.#isParked(before);
    const isCalm = this.#world.calmSinceMs() < this.#world.now() - JUST_PARKED_MS;
    if (!isLook || !isCalm || !this.#isParked(after) || attemptAtIn(before) === attemptAtIn(after)) return;
    const pauseMs = (attemptAtIn(after) ?? 0) - this.#world.now();
    if (pauseMs < LEAST_PAUSE_MS)
      this.#violate(`the parked ${key} is looked at again after ${(pauseMs / MINUTE_MS).toFixed(1)} minutes`);
  }

  #isParked(row: Item | undefined): boolean {
    return isParkedRow(this.#world, row, JUST_PARKED_MS);
  }
}
