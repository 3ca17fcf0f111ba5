import { describe, expect, test } from 'vitest';
import { allowedReturnUrl, withSession } from '../../../../lambdas/core/invites/return-url.ts';

const PREFIXES = ['https://app.example/zoho/', 'https://other.example:8443/back', 'http://localhost:3000/'];

describe('a return URL', () => {
  test.each([
    'https://app.example/zoho/',
    'https://app.example/zoho/done?a=1',
    'https://other.example:8443/back',
    'https://other.example:8443/back/x',
    'https://other.example:8443/back?x=1',
    'http://localhost:3000/anything',
  ])('below a prefix is allowed: %s', (url) => {
    expect(allowedReturnUrl(url, PREFIXES)).toBe(url);
  });

  test.each([
    'https://app.example/zoho',
    'https://app.example/zohos/',
    'https://app.example/',
    'https://app.example/zoho/../admin',
    'https://app.example/zoho/%2e%2e/admin',
    'https://app.example/zoho/..\\admin',
    'https://app.example.evil.example/zoho/',
    'https://app.example@evil.example/zoho/',
    'https://user@app.example/zoho/',
    'https://app.example/zoho/#fragment',
    'https://app.example:444/zoho/',
    'http://app.example/zoho/',
    'https://other.example:8443/backdoor',
    '//app.example/zoho/',
    'javascript:alert(1)',
    'data:text/html,x',
    '',
  ])('elsewhere is not: %s', (url) => {
    expect(allowedReturnUrl(url, PREFIXES)).toBeUndefined();
  });

  test('keeps its own parameters, but not a session that it brings', () => {
    expect(withSession('https://app.example/zoho/?tab=1&session=theirs', 'ID', 'ours')).toBe(
      'https://app.example/zoho/?tab=1&session=ours&invite=ID',
    );
  });
});
