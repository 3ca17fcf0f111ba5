import { describe, expect, test } from 'vitest';
import { describeGiven, firstOf } from '../../../lambdas/core/describe-given.ts';

describe('an invalid value', () => {
  test.each([
    [undefined, 'missing'],
    [null, 'null'],
    [5, 'of type number'],
    [{}, 'of type object'],
    ['refresh-all', '"refresh-all"'],
    ['x'.repeat(24), `"${'x'.repeat(24)}"`],
    ['x'.repeat(25), 'a text (value omitted)'],
    ['a b', 'a text (value omitted)'],
    ['', 'a text (value omitted)'],
  ])('%j is described as %s', (value, text) => {
    expect(describeGiven(value)).toBe(text);
  });
});

describe('the first of many texts', () => {
  test.each([
    [['a'], 2, ['a']],
    [['a', 'b'], 2, ['a', 'b']],
    [['a', 'b', 'c', 'd'], 2, ['a', 'b', 'and 2 more']],
  ])('of %j at most %i are named', (texts, most, named) => {
    expect(firstOf(texts, most)).toEqual(named);
  });
});
