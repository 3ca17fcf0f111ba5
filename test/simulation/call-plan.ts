import type { Choices } from './choices.ts';

/** When a process crashes during a call. */
export type Crash = 'before' | 'after-effect' | 'on-answer';

/** When one call takes effect, and when and how it is answered. Times count from the call. */
export interface CallPlan {
  /** Name of the injected fault; undefined without one. */
  readonly fault?: string | undefined;
  /** When the call takes effect at the service. Undefined: never. */
  readonly effectMs: number | undefined;
  /** When a second delivery of the same request takes effect. */
  readonly effectAgainMs?: number | undefined;
  /** When an answer arrives. Undefined: never, so the caller has to give up. */
  readonly answerMs: number | undefined;
  /** Name of the error that is returned instead of the result. */
  readonly error?: string | undefined;
  /** The answer is that of the second delivery: the SDK retried after the first answer was lost. */
  readonly answersSecond?: boolean;
  readonly crash?: Crash;
  /** How long the process is paused right after it has sent the call. */
  readonly pauseMs?: number;
}

/** How long after the call its last effect can be. */
export function lengthOf({ effectMs = 0, effectAgainMs = 0, answerMs = 0, pauseMs = 0 }: CallPlan): number {
  return Math.max(effectMs, effectAgainMs, answerMs, pauseMs);
}

/** Draws a number for one call. */
export type Between = (what: string, minMs: number, maxMs: number) => number;

export function drawerFor(choices: Choices, call: string): Between {
  return (what, minMs, maxMs) => choices.between(`${call} ${what}`, minMs, maxMs);
}

/** Faults by name, each with a weight. */
export type FaultTableOf<Plan extends CallPlan> = Readonly<
  Record<string, readonly [weight: number, plan: (between: Between) => Plan]>
>;

/** Picks a fault by weight. `roll` is uniform in [0, 1). */
export function pickFault(table: FaultTableOf<CallPlan>, roll: number): string {
  const entries = Object.entries(table);
  let left = roll * entries.reduce((sum, [, [weight]]) => sum + weight, 0);
  for (const [fault, [weight]] of entries) {
    left -= weight;
    if (left < 0) return fault;
  }
  return entries[0]?.[0] ?? '';
}

/** Faults of the calling process, not of the service. */
export function processFaults(answered: (between: Between) => CallPlan): FaultTableOf<CallPlan> {
  return {
    'crash before the call': [2, () => ({ effectMs: undefined, answerMs: undefined, crash: 'before' })],
    'crash after the call took effect': [3, (between) => ({ ...answered(between), crash: 'after-effect' })],
    'crash when the answer comes': [2, (between) => ({ ...answered(between), crash: 'on-answer' })],
    'short pause': [2, (between) => ({ ...answered(between), pauseMs: between('pause', 1_000, 30_000) })],
    'pause longer than the lease': [
      3,
      (between) => ({ ...answered(between), pauseMs: between('pause', 25_000, 150_000) }),
    ],
  };
}
