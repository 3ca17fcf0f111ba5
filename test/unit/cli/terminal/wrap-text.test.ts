import { expect, test } from 'vitest';
import { wrapText } from '../../../../cli/terminal/wrap-text.ts';

test.each([
  ['fits in a line', 20, 'fits in a line'],
  ['does not fit in a line', 12, 'does not fit\n  in a line'],
  ['a https://example.com/very-long b', 10, 'a\n  https://example.com/very-long\n  b'],
  ['stays as it is, however long', undefined, 'stays as it is, however long'],
])('%j in %s columns', (text, columns, wrapped) => {
  expect(wrapText(text, columns)).toBe(wrapped);
});

test('colors have no width', () => {
  const red = (text: string) => `\u001b[31m${text}\u001b[39m`;

  expect(wrapText(`${red('red')} and not red`, 11)).toBe(`${red('red')} and not\n  red`);
});
