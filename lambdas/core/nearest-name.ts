/**
 * The candidate that a misspelt name probably means, or undefined: they differ in case, one is a prefix of the other,
 * or at most a third of the letters differ.
 */
export function nearestName(given: string, candidates: readonly string[]): string | undefined {
  const name = given.toLowerCase();
  const sameBeginning = candidates.find((candidate) => startsAlike(name, candidate.toLowerCase()));
  const [closest] = candidates
    .map((candidate) => ({ candidate, edits: editDistance(name, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.floor(candidate.length / 3))
    .sort((a, b) => a.edits - b.edits);
  return closest?.candidate ?? sameBeginning;
}

function startsAlike(a: string, b: string): boolean {
  const isLongEnough = Math.min(a.length, b.length) >= 2;
  return isLongEnough && (a.startsWith(b) || b.startsWith(a));
}

/** Letters to insert, delete or replace to turn one word into the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      const inserted = (current[column] ?? 0) + 1;
      const deleted = (previous[column + 1] ?? 0) + 1;
      current.push(Math.min(replaced, inserted, deleted));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
