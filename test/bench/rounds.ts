import { setImmediate as nextTurn } from 'node:timers/promises';

/** What each subject took in each round, in the unit of the caller. */
export type Rounds<Name extends string> = readonly Readonly<Record<Name, number>>[];

/**
 * Measures the subjects in turns, so that other load on the machine affects all of them: a ratio within a round is hardly disturbed.
 * Every other round goes backwards, and each subject begins in a new turn of the event loop.
 */
export async function interleave<Name extends string>(
  rounds: number,
  subjects: Readonly<Record<Name, (round: number) => Promise<number>>>,
): Promise<Rounds<Name>> {
  const names = Object.keys(subjects) as Name[];
  const measured: Record<Name, number>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const values = {} as Record<Name, number>;
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      await nextTurn();
      values[name] = await subjects[name](round);
    }
    measured.push(values);
  }
  return measured;
}

/** A subject that is timed, in milliseconds. */
export function timed(run: (round: number) => Promise<unknown>): (round: number) => Promise<number> {
  return async (round) => {
    const startedAtMs = performance.now();
    await run(round);
    return performance.now() - startedAtMs;
  };
}

/** The median of the rounds' ratios: how many times as long the first subject takes as the second. */
export function ratioOf<Name extends string>(rounds: Rounds<Name>, name: Name, other: Name): number {
  return median(rounds.map((values) => values[name] / values[other]));
}

/** The median of what a subject took. */
export function medianOf<Name extends string>(rounds: Rounds<Name>, name: Name): number {
  return median(rounds.map((values) => values[name]));
}

/** The upper one of two medians. Not a number if there is no number. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
