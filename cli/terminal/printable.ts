/** What `colors.ts` writes: bold, dim, red, green and yellow, and their ends. */
const OWN_COLOR = '\\u001b\\[(?:1|2|22|31|32|33|39)m';
const CONTROL = '[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Bidi_Control}]';
const COLOR_OR_CONTROL = new RegExp(`${OWN_COLOR}|${CONTROL}`, 'gu');

/**
 * A text without control characters, except line breaks, tabs, and our own colors where the stream has them. Everything that is
 * written passes through here: a row, a tag or an answer must not move the cursor, clear the screen or reverse the text. Of an
 * escape sequence, only the characters that a terminal obeys are removed. The rest shows that there was one, and JSON stays valid.
 */
export function printable(text: string, { hasColors }: { readonly hasColors: boolean }): string {
  return text.replace(COLOR_OR_CONTROL, (found) => {
    const isAllowed = found === '\n' || found === '\t' || (hasColors && found.length > 1);
    return isAllowed ? found : '';
  });
}
