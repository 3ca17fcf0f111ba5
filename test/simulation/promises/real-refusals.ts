import type { AnswerKind } from '../answer-kind.ts';
import type { Item } from '../expressions.ts';
import type { TableWrite } from '../simulated-table.ts';
import type { ObservedCall } from '../simulated-zoho.ts';
import { isRefusedWrongly, isWaiting } from './excuses.ts';
import { isParkedRow } from './parked.ts';
import {
  type ConnectionTruth,
  isLeaseReleased,
  type PromiseCheck,
  type Violate,
  type WorldView,
} from './promise.ts';

const MINUTE_MS = 60_000;
/** Zoho is asked again after about 3 minutes, and believed. If another fault costs that ask, the next comes 6 minutes later. */
const BELIEVED_MS = 8 * MINUTE_MS;
/** A blocked connection is looked at every 5 minutes, and counted each time. */
const COUNTED_MS = 5 * MINUTE_MS;
/** One tick to find it due, and some seconds for the work. */
const FOUND_AND_DONE_MS = 75_000;
/** How long an environment remembers what a data center has refused, less and plus clock skew. */
const REMEMBERED_MS = 7 * MINUTE_MS;
const LONGEST_MEMORY_MS = 9 * MINUTE_MS;
/** For this long, a mass refusal is not believed. */
const DOUBTED_MS = 58 * MINUTE_MS;
const FEWEST_CONNECTIONS = 3;
const FEWEST_CLIENTS = 2;

/** A refusal that a process recorded without blocking the connection. */
interface Doubt {
  readonly process: string;
  readonly truth: ConnectionTruth;
  readonly atMs: number;
}

/**
 * I6, as far as Zoho is right: a real refusal is believed within 8 minutes, and while the connection is blocked, it is counted every 5
 * minutes. A refusal of three connections of two clients in one data center is not believed for an hour, by a process that
 * has seen them.
 */
export class RealRefusals implements PromiseCheck {
  readonly #world: WorldView;
  readonly #violate: Violate;
  /** Since when a connection whose credentials are wrong is in service although Zoho refuses them. */
  readonly #doubtedSinceMs = new Map<string, number>();
  /** When a blocked connection was counted last, or blocked. */
  readonly #countedAtMs = new Map<string, number>();
  #doubts: readonly Doubt[] = [];

  constructor(world: WorldView, violate: Violate) {
    this.#world = world;
    this.#violate = violate;
  }

  onOutput(output: unknown): void {
    const { values, connection } = (output ?? {}) as { values?: { Blocked?: number }; connection?: string };
    if (values?.Blocked === 1 && connection !== undefined)
      this.#countedAtMs.set(connection, this.#world.now());
  }

  onCallAnswered({ name, dataCenter }: ObservedCall, _: string, kind: AnswerKind): void {
    if (kind === 'definite-refusal') return;
    this.#doubts = this.#doubts.filter(
      ({ process, truth }) => process !== processOf(name) || truth.location !== dataCenter,
    );
  }

  onRowWritten(write: TableWrite): void {
    const { key, before, after, task } = write;
    const isBlocked = after.status?.S === 'blocked';
    if (isBlocked && before?.status?.S !== 'blocked') this.#countedAtMs.set(key, this.#world.now());
    const owner = before?.leaseOwner?.S;
    if (task === undefined || owner === undefined || !isLeaseReleased(write)) return;
    const [process = ''] = owner.split('-');
    if (isRefusedInService(after)) {
      this.#doubts = [...this.#doubts, { process, truth: this.#truth(key), atMs: this.#world.now() }];
    } else if (isBlocked && isRefusedInService(before)) this.#checkMassRefusal(process, write);
  }

  onCheck(): void {
    for (const truth of this.#world.connections()) {
      this.#checkBelieved(truth);
      this.#checkCounted(truth);
    }
  }

  #checkMassRefusal(process: string, { key, before, after }: TableWrite): void {
    const now = this.#world.now();
    const versionId = after.credentialsVersionId?.S;
    const refusal = after.refusedCredentials?.L?.find(({ M }) => M?.versionId?.S === versionId);
    const isNewlyDoubted = now < Number(refusal?.M?.first?.N) + DOUBTED_MS;
    const isSameAgain = before?.credentialsVersionId?.S === versionId && isRefusal(after);
    if (!isNewlyDoubted || !isSameAgain) return;
    const truth = this.#truth(key);
    const doubts = this.#doubts.filter(
      (each) =>
        each.process === process && each.truth.location === truth.location && each.atMs > now - REMEMBERED_MS,
    );
    const refused = [truth, ...doubts.map((each) => each.truth)];
    const connections = new Set(refused.map(({ name }) => name));
    const clients = new Set(refused.map(({ clientId }) => clientId));
    if (connections.size >= FEWEST_CONNECTIONS && clients.size >= FEWEST_CLIENTS)
      this.#violate(
        `${key} is blocked although ${process} knows that ${truth.location} refuses ${connections.size} connections`,
      );
  }

  #checkBelieved(truth: ConnectionTruth): void {
    const { name, goodSinceMs, isDeclared, location } = truth;
    const now = this.#world.now();
    const row = this.#world.row(name);
    const isDoubted = isDeclared && goodSinceMs === undefined && isRefusedInService(row);
    const others = this.#world
      .connections()
      .filter((each) => each.location === location && each.name !== name);
    const isMass =
      [truth, ...others].some((each) => isRefusedWrongly(this.#world, each)) ||
      others.some((each) => wasRefusedWith(row, this.#world.row(each.name)));
    if (!isDoubted || isMass || isWaiting(row, now)) {
      this.#doubtedSinceMs.delete(name);
      return;
    }
    const sinceMs = this.#doubtedSinceMs.get(name) ?? now;
    this.#doubtedSinceMs.set(name, sinceMs);
    const minutes = (now - Math.max(sinceMs, this.#world.calmSinceMs())) / MINUTE_MS;
    if (minutes * MINUTE_MS > BELIEVED_MS)
      this.#violate(
        `${name} is not blocked ${minutes.toFixed(1)} calm minutes after Zoho refused its wrong credentials`,
      );
  }

  #checkCounted({ name, isDeclared }: ConnectionTruth): void {
    const now = this.#world.now();
    const row = this.#world.row(name);
    const isBlocked = row?.status?.S === 'blocked';
    const countedAtMs = this.#countedAtMs.get(name);
    const isPutOff = this.#world.postponedUntilMs(name) > now || isParkedRow(this.#world, row);
    if (!isBlocked || !isDeclared || isPutOff || countedAtMs === undefined) {
      this.#countedAtMs.set(name, now);
      return;
    }
    const sinceMs = Math.max(countedAtMs, this.#world.calmSinceMs());
    if (now > sinceMs + COUNTED_MS + this.#world.longestLeaseMs + 2 * FOUND_AND_DONE_MS) {
      const minutes = ((now - sinceMs) / MINUTE_MS).toFixed(1);
      this.#violate(`${name} is blocked, and was not counted for ${minutes} calm minutes`);
    }
  }

  #truth(connection: string): ConnectionTruth {
    const truth = this.#world.connections().find(({ name }) => name === connection);
    if (truth === undefined) throw new Error(`The world has no connection ${connection}.`);
    return truth;
  }
}

/** Zoho refused its credentials, and it is not blocked yet. */
function isRefusedInService(row: TableWrite['before']): boolean {
  return (row?.status?.S === 'active' || row?.status?.S === 'cooling-down') && isRefusal(row);
}

/** Whether Zoho refuses the credentials of another row, or did so shortly before those of the first, which are asked again later. */
function wasRefusedWith(row: Item | undefined, other: Item | undefined): boolean {
  if (isRefusedInService(other)) return true;
  const atMs = Number(row?.lastFailure?.M?.at?.N);
  return (other?.refusedCredentials?.L ?? []).some(({ M }) => Number(M?.at?.N) > atMs - LONGEST_MEMORY_MS);
}

function isRefusal(row: Item): boolean {
  return row.lastFailure?.M?.code?.S?.startsWith('invalid_') === true;
}

function processOf(call: string): string {
  return call.split(' ')[0] ?? '';
}
