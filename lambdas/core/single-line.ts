/** Control characters (C0, DEL, C1), line and paragraph separators, and what changes the direction of text. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu;

/**
 * A text from outside on one line, without characters that a terminal obeys instead of showing. A line break in it would look like a
 * line of ours.
 */
export function toSingleLine(text: string): string {
  return text.replace(INVISIBLE, ' ').trim();
}
