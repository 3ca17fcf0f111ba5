import { expect, test } from 'vitest';
import { browserCookie, readBrowserCookie } from '../../../lambdas/consent-pages/browser-cookie.ts';

const VALUE = 'a-_9'.repeat(11).slice(0, 43);

test('the cookie belongs to this host alone, cannot be read by a page, and survives the way back from Zoho', () => {
  const [pair, ...attributes] = browserCookie(VALUE).split('; ');

  expect(pair).toBe(`__Host-zoho-consent=${VALUE}`);
  expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=604800', 'Path=/', 'SameSite=Lax', 'Secure']);
});

test('it is read among others', () => {
  expect(readBrowserCookie(['theme=dark', `__Host-zoho-consent=${VALUE}`])).toBe(VALUE);
});

test.each([
  [[]],
  [['zoho-consent=x']],
  [['__Host-zoho-consent=']],
  [[`__Host-zoho-consent=${VALUE}x`]],
  [[`__Host-zoho-consent="${VALUE.slice(2)}"`]],
  [[`x__Host-zoho-consent=${VALUE}`]],
])('%j holds none of ours', (cookies) => {
  expect(readBrowserCookie(cookies)).toBeUndefined();
});
