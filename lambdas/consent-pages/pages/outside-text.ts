import { toSingleLine } from '../../core/single-line.ts';
import { type Html, html } from './html.ts';

/** Longer texts do not help a reader. */
const LONGEST = 200;

/**
 * Characters that cannot be seen, such as a zero-width space: two names that look alike would differ by them. The joiners stay, because
 * some scripts need them.
 */
const INVISIBLE = /(?![\u200c\u200d])\p{Default_Ignorable_Code_Point}/gu;

/**
 * A text from outside (the inviter, the configuration, Zoho) as one bounded line, without characters that change the direction of the
 * text around it, or that cannot be seen.
 */
export function cleanText(text: string): string {
  const characters = [...toSingleLine(text.replace(INVISIBLE, '')).replace(/\s+/g, ' ')];
  return characters.length <= LONGEST ? characters.join('') : `${characters.slice(0, LONGEST - 1).join('')}…`;
}

/** The same, as a piece of a page whose direction does not change that of the text around it. */
export function outsideText(text: string): Html {
  return html`<bdi>${cleanText(text)}</bdi>`;
}

/** Longer names than this do not fit on a line of a phone. */
const LONGEST_WITHOUT_BREAK = 30;

/** A technical name. A long one may be broken after a dot, `@`, `_` or `-`. */
export function technicalName(text: string): Html {
  const name = cleanText(text);
  if (name.length <= LONGEST_WITHOUT_BREAK) return html`<code>${name}</code>`;
  const parts = name.split(/(?<=[.@_-])/);
  return html`<code>${parts.map((part, index) => html`${index > 0 && html`<wbr>`}${part}`)}</code>`;
}
