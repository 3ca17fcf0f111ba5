/** Describes an invalid value for a message. A text that may be a token pasted by mistake is not shown. */
export const describeGiven = (value: unknown): string => {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value !== 'string') return `of type ${typeof value}`;
  return /^[\w-]{1,24}$/.test(value) ? `"${value}"` : 'a text (value omitted)';
};

/** The first of many texts, of which only some may be given, and how many there are more: a message never repeats a long input. */
export const firstOf = (texts: readonly string[], most: number, count = texts.length): readonly string[] => {
  const left = count - most;
  return left > 0 ? [...texts.slice(0, most), `and ${left} more`] : texts;
};
