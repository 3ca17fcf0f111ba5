const MINUTE_MS = 60_000;

/** The start of the minute in which a moment lies, in milliseconds since the epoch. */
export function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
}

/** What became of the API calls of one minute, for one connection or for all of them together. */
export interface TalliedCalls {
  /** Start of the minute, in milliseconds since the epoch. */
  readonly minuteMs: number;
  /** `undefined`: the whole fleet. */
  readonly connection: string | undefined;
  /** Calls that Zoho answered with something else than "not authorized". */
  readonly accepted: number;
  readonly unauthorized: number;
}

/**
 * How many API calls `tallied` stands for. The fleet's tally has the same calls in it as those of its connections, so
 * they are not added up; where only one of both is among `tallied`, it is the one that counts.
 */
export function countCalls(tallied: readonly TalliedCalls[]): number {
  const minutes = new Map<number, { fleet: number; connections: number }>();
  for (const { minuteMs, connection, accepted, unauthorized } of tallied) {
    const sums = minutes.get(minuteMs) ?? { fleet: 0, connections: 0 };
    minutes.set(minuteMs, sums);
    sums[connection === undefined ? 'fleet' : 'connections'] += accepted + unauthorized;
  }
  return [...minutes.values()].reduce((sum, { fleet, connections }) => sum + Math.max(fleet, connections), 0);
}

/**
 * API calls of the last minutes, until somebody takes them away. Holds a bounded number of minutes, counting only
 * those with calls in them: when there are more, the oldest is dropped with everything in it, so that the tally of the
 * fleet never has calls which those of its connections lack.
 */
export class ApiCallTally {
  readonly #maxMinutes: number;
  readonly #minutes = new Map<number, Map<string | undefined, { accepted: number; unauthorized: number }>>();
  #droppedCalls = 0;

  constructor(maxMinutes: number) {
    this.#maxMinutes = maxMinutes;
  }

  /** API calls that were dropped so far: for the fleet, for their connection, or for both. */
  get droppedCalls(): number {
    return this.#droppedCalls;
  }

  get isEmpty(): boolean {
    return this.#minutes.size === 0;
  }

  /** Counts one API call, for its connection and for the fleet. */
  count(nowMs: number, connection: string, unauthorized: boolean): void {
    const call = {
      minuteMs: minuteOf(nowMs),
      accepted: unauthorized ? 0 : 1,
      unauthorized: unauthorized ? 1 : 0,
    };
    this.#add({ ...call, connection: undefined });
    this.#add({ ...call, connection });
    this.#dropOldMinutes();
  }

  /** Takes everything away, the oldest minute first and in each the fleet first. Minutes before `oldestMs` are dropped. */
  takeAll(oldestMs: number): TalliedCalls[] {
    for (const minuteMs of this.#minutesInOrder()) if (minuteMs < oldestMs) this.drop(this.#take(minuteMs));
    return this.#minutesInOrder().flatMap((minuteMs) => this.#take(minuteMs));
  }

  /** Takes back what was taken away. What was counted in the meantime stays. */
  giveBack(tallied: readonly TalliedCalls[]): void {
    for (const calls of tallied) this.#add(calls);
    this.#dropOldMinutes();
  }

  /** Notes that calls which were taken away are gone for good. */
  drop(tallied: readonly TalliedCalls[]): void {
    this.#droppedCalls += countCalls(tallied);
  }

  #add({ minuteMs, connection, accepted, unauthorized }: TalliedCalls): void {
    const minute = this.#minutes.get(minuteMs) ?? new Map();
    this.#minutes.set(minuteMs, minute);
    const sums = minute.get(connection) ?? { accepted: 0, unauthorized: 0 };
    minute.set(connection, sums);
    sums.accepted += accepted;
    sums.unauthorized += unauthorized;
  }

  #take(minuteMs: number): TalliedCalls[] {
    const minute = this.#minutes.get(minuteMs) ?? new Map();
    this.#minutes.delete(minuteMs);
    return [...minute].map(([connection, sums]) => ({ minuteMs, connection, ...sums }));
  }

  #dropOldMinutes(): void {
    const excess = this.#minutes.size - this.#maxMinutes;
    if (excess <= 0) return;
    for (const minuteMs of this.#minutesInOrder().slice(0, excess)) this.drop(this.#take(minuteMs));
  }

  #minutesInOrder(): number[] {
    return [...this.#minutes.keys()].sort((one, other) => one - other);
  }
}
