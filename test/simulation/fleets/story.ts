/** Something that happens to a fleet, on the refresher's own code with simulated time. */
export interface Story {
  readonly name: string;
  /** Returns what went wrong. */
  readonly tell: () => Promise<readonly string[]>;
}

/** The texts of what is wrong. */
export function judge(problems: readonly (readonly [isWrong: boolean, what: string])[]): readonly string[] {
  return problems.flatMap(([isWrong, what]) => (isWrong ? [what] : []));
}
