import { describe, expect, test } from 'vitest';
import { parseCallback } from '../../../../lambdas/core/consent/callback.ts';
import { Redacted } from '../../../../lambdas/core/redacted.ts';

const CODE = '1000.code';
const parse = (parameters: Record<string, string>) => parseCallback(new URLSearchParams(parameters));
const granted = (dataCenter: string | undefined) => ({ kind: 'code', code: new Redacted(CODE), dataCenter });

describe('a redirect with a code', () => {
  test.each([
    [{ location: 'eu' }, 'eu'],
    [{ location: 'us', 'accounts-server': 'https://accounts.zoho.com' }, 'us'],
    [{ 'accounts-server': 'https://accounts.zoho.in' }, 'in'],
    [{ 'accounts-server': 'https://accounts.zoho.in/' }, 'in'],
    [{}, undefined],
  ])('and %j comes from the data center %s', (where, dataCenter) => {
    const callback = parse({ code: CODE, ...where });

    expect(callback).toEqual(granted(dataCenter));
    expect(callback.kind === 'code' && callback.code.reveal()).toBe(CODE);
  });

  test.each([
    [
      'the two name different data centers',
      { location: 'eu', 'accounts-server': 'https://accounts.zoho.com' },
    ],
    ['the location is unknown', { location: 'mars' }],
    ['the server is unknown', { 'accounts-server': 'https://accounts.zoho.example' }],
    ['the server is unknown, whatever the location', { location: 'eu', 'accounts-server': '' }],
    ['the server has more in front', { 'accounts-server': 'https://x/https://accounts.zoho.eu' }],
    ['the server has a path', { 'accounts-server': 'https://accounts.zoho.eu/a' }],
  ])('is sent nowhere if %s', (_, where) => {
    expect(parse({ code: CODE, ...where })).toEqual({ kind: 'unknown-data-center' });
  });
});

describe('a redirect without a code', () => {
  test('is a denial if Zoho says so', () => {
    expect(parse({ error: 'access_denied', code: CODE })).toEqual({ kind: 'denied' });
  });

  test('quotes an error that looks like one', () => {
    const longest = 'a'.repeat(40);

    expect(parse({ error: 'invalid_scope', code: CODE })).toEqual({ kind: 'error', error: 'invalid_scope' });
    expect(parse({ error: longest })).toEqual({ kind: 'error', error: longest });
  });

  test.each(['', 'a'.repeat(41), 'Invalid', 'a b', 'a\u001b[2J', '<b>'])(
    'does not quote the error %j',
    (error) => {
      expect(parse({ error })).toEqual({ kind: 'error', error: undefined });
    },
  );

  test('is an error without a name', () => {
    expect(parse({})).toEqual({ kind: 'error', error: undefined });
    expect(parse({ code: '' })).toEqual({ kind: 'error', error: undefined });
  });
});
