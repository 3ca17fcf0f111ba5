/** What was given in the wrong place, for a message; a token that was pasted there is not shown. */
export function describeGiven(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value !== 'string') return `of type ${typeof value}`;
  return /^[\w-]{1,24}$/.test(value) ? `"${value}"` : 'another text';
}
