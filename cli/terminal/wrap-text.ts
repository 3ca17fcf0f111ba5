import { stripVTControlCharacters } from 'node:util';

/**
 * Breaks a text at spaces, so that it fits this width. Every line after the first is indented. A word that is longer than a line,
 * such as an address, is not broken. Colors have no width.
 */
export function wrapText(text: string, columns: number | undefined, indent = '  '): string {
  if (columns === undefined) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line.trim() === '' || widthOf(longer) <= columns) line = longer;
    else {
      lines.push(line);
      line = `${indent}${word}`;
    }
  }
  return [...lines, line].join('\n');
}

/** How many columns a text without wide characters takes. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
