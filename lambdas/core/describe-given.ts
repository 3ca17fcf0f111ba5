/** Describes an invalid value for a message. A text that may be a token pasted by mistake is not shown. */
export function describeGiven(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value !== 'string') return `of type ${typeof value}`;
  return /^[\w-]{1,24}$/.test(value) ? `"${value}"` : 'a text (value omitted)';
}
