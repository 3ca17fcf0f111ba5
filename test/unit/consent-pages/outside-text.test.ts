import { expect, test } from 'vitest';
import { cleanText, outsideText, technicalName } from '../../../lambdas/consent-pages/pages/outside-text.ts';

test.each([
  ['a plain name', 'a plain name'],
  [' two\r\nlines\t and  gaps ', 'two lines and gaps'],
  ['\u202eoverride\u202c \u2067isolate\u2069 \u200fmark', 'override isolate mark'],
  ['zero\u200bwidth\ufeff so\u00adft \u{e0041}tag', 'zerowidth soft tag'],
  [
    '\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
    '\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
  ],
])('%j is shown as %j', (given, shown) => {
  expect(cleanText(given)).toBe(shown);
});

test('a long text is cut between characters, and says so', () => {
  expect(cleanText('😀'.repeat(201))).toBe(`${'😀'.repeat(199)}…`);
  expect(cleanText('x'.repeat(200))).toBe('x'.repeat(200));
});

test('a text from outside keeps its direction to itself', () => {
  expect(outsideText('<שלום>').text).toBe('<bdi>&#60;שלום&#62;</bdi>');
});

test('a long technical name may break after a separator, a short one does not', () => {
  expect(technicalName('ZohoCRM.modules.custom_module_3.READ').text).toBe(
    '<code>ZohoCRM.<wbr>modules.<wbr>custom_<wbr>module_<wbr>3.<wbr>READ</code>',
  );
  expect(technicalName('admin@acme.example').text).toBe('<code>admin@acme.example</code>');
});
