import { describe, expect, test } from 'vitest';
import { parseJsonObject } from '../../../lambdas/core/json.ts';

describe('the JSON object in a text', () => {
  test('is read with all its keys', () => {
    expect(parseJsonObject(' {"a":1,"b":{"c":[]}}\n')).toEqual({ a: 1, b: { c: [] } });
  });

  test('may be empty', () => {
    expect(parseJsonObject('{}')).toEqual({});
  });

  test.each([
    '',
    ' ',
    'null',
    '[]',
    '[{}]',
    '"{}"',
    '1',
    'true',
    '{',
    '{"a":1,}',
    '<html></html>',
    'undefined',
  ])('is not found: %j', (text) => {
    expect(parseJsonObject(text)).toBeUndefined();
  });

  test('cannot reach the prototype of other objects', () => {
    const parsed = parseJsonObject('{"__proto__":{"access_token":"from the prototype"}}');

    expect(parsed?.access_token).toBeUndefined();
    expect(({} as Record<string, unknown>).access_token).toBeUndefined();
  });
});

describe('a byte order mark', () => {
  test('at the start is ignored, because Windows writes it', () => {
    expect(parseJsonObject('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  test('anywhere else is part of the text', () => {
    expect(parseJsonObject('{"a":"\ufeff"}')).toEqual({ a: '\ufeff' });
    expect(parseJsonObject('{"a":1}\ufeff')).toBeUndefined();
  });
});
