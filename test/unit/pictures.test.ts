import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { darken, imageAt, renderPictures, renderTerminal } from '../support/pictures.ts';

test.each([...renderPictures()])('docs/images/%s is what `npm run docs` writes', (name, picture) => {
  expect(readFileSync(imageAt(name), 'utf8')).toBe(picture);
});

test('a picture of a terminal has every line, and is valid XML whatever was printed', () => {
  const picture = renderTerminal('run', 'a <b> & c\nPASS  all\n');

  expect(picture).toContain('>$ run</text>');
  expect(picture).toContain('>a &lt;b> &amp; c</text>');
  expect(picture).toContain('class="pass"');
});

test('a color that the dark theme does not know is an error', () => {
  expect(() => darken('<rect fill="#123456"/>')).toThrow('no counterpart for #123456');
});
