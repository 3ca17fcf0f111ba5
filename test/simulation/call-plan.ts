import type { Choices } from './choices.ts';

/** When a process dies around a call that it makes. */
export type Crash = 'before' | 'after-effect' | 'on-answer';

/** What becomes of one call: when it takes effect, and when and how it is answered. Times count from the call. */
export interface CallPlan {
  /** What departs from the ordinary; undefined for a call that goes well. */
  readonly fault?: string | undefined;
  /** When the call takes effect at the service; undefined: never. */
  readonly effectMs: number | undefined;
  /** When it takes effect once more: a second delivery of the same request. */
  readonly effectAgainMs?: number | undefined;
  /** When an answer comes; undefined: never, until the caller gives up. */
  readonly answerMs: number | undefined;
  /** Name of the error that is answered instead of the result. */
  readonly error?: string | undefined;
  /** The answer is that of the second delivery: the SDK tried again after the first answer was lost. */
  readonly answersSecond?: boolean;
  readonly crash?: Crash;
  /** The process stops for so long right after it has sent the call. */
  readonly pauseMs?: number;
}

/** How long after the call the last of its consequences comes. */
export function lengthOf({ effectMs = 0, effectAgainMs = 0, answerMs = 0, pauseMs = 0 }: CallPlan): number {
  return Math.max(effectMs, effectAgainMs, answerMs, pauseMs);
}

/** Draws numbers for one call. */
export type Between = (what: string, minMs: number, maxMs: number) => number;

export function drawerFor(choices: Choices, call: string): Between {
  return (what, minMs, maxMs) => choices.between(`${call} ${what}`, minMs, maxMs);
}

/** A table of faults, each with a weight. */
export type FaultTableOf<Plan extends CallPlan> = Readonly<
  Record<string, readonly [weight: number, plan: (between: Between) => Plan]>
>;

/** One fault of the table, by its weight. `roll` is uniform in [0, 1). */
export function pickFault(table: FaultTableOf<CallPlan>, roll: number): string {
  const entries = Object.entries(table);
  let left = roll * entries.reduce((sum, [, [weight]]) => sum + weight, 0);
  for (const [fault, [weight]] of entries) {
    left -= weight;
    if (left < 0) return fault;
  }
  return entries[0]?.[0] ?? '';
}

/** Faults of the process that calls, not of the service that is called. */
export function processFaults(goesWell: (between: Between) => CallPlan): FaultTableOf<CallPlan> {
  return {
    'crash before the call': [2, () => ({ effectMs: undefined, answerMs: undefined, crash: 'before' })],
    'crash after the call took effect': [3, (between) => ({ ...goesWell(between), crash: 'after-effect' })],
    'crash when the answer comes': [2, (between) => ({ ...goesWell(between), crash: 'on-answer' })],
    'short pause': [2, (between) => ({ ...goesWell(between), pauseMs: between('pause', 1_000, 30_000) })],
    'pause longer than the lease': [
      3,
      (between) => ({ ...goesWell(between), pauseMs: between('pause', 25_000, 150_000) }),
    ],
  };
}
