import { describe, expect, it } from 'vitest';
import { parseMathExpression } from '../../../../sandbox/alarms/math-expression.ts';
import type { Series } from '../../../../sandbox/alarms/metric-math.ts';

const _ = undefined;

describe('the examples of "Comparison and logical operators"', () => {
  const metrics = { metric1: [30, 20, 0, 0], metric2: [20, _, 20, _] };

  it.each([
    ['(metric1 < metric2)', [0, 0, 1, 0]],
    ['(metric1 >= 30)', [1, 0, 0, 0]],
  ])('%s', (expression, expected) => {
    expect(evaluated(expression, metrics)).toEqual(expected);
  });
});

describe('the examples of "Using IF expressions"', () => {
  const metrics = { metric1: [1, 1, 0, 0, _], metric2: [30, _, 0, 0, 30], metric3: [0, 0, 20, _, 20] };

  it.each([
    ['IF(metric1, metric2, metric3)', [30, 0, 20, _, _]],
    ['IF(metric1, 5, metric3)', [5, 5, 20, _, _]],
    ['IF(metric1, metric2, 5)', [30, 0, 5, 5, _]],
    ['IF(metric1, metric2)', [30, 0, _, _, _]],
    ['IF(1, metric2, metric3)', [30, _, 0, 0, 30]],
    ['IF(0, metric2, metric3)', [0, 0, 20, _, 20]],
    ['IF(0, metric2)', [_, _, _, _, _]],
  ])('%s', (expression, expected) => {
    expect(evaluated(expression, metrics)).toEqual(expected);
  });

  it('a condition is true whatever it is, if it is not 0', () => {
    expect(evaluated('IF(m, 1, 2)', { m: [-1, 0.5, 0] })).toEqual([1, 1, 2]);
  });

  it('a condition has no datapoint where what it compares has none', () => {
    expect(evaluated('IF(m >= 3, 100 * m, 0)', { m: [2, 4, _] })).toEqual([0, 400, _]);
  });
});

describe('arithmetic', () => {
  const metrics = { a: [6, 2, _, _], b: [3, _, 4, _] };

  it.each([
    ['a + b', [9, 2, 4, _]],
    ['a - b', [3, 2, -4, _]],
    ['a * b', [18, 0, 0, _]],
  ])('takes a missing value for 0 where the other series has one: %s', (expression, expected) => {
    expect(evaluated(expression, metrics)).toEqual(expected);
  });

  it('drops a datapoint that is divided by zero, or by a missing value', () => {
    expect(evaluated('a / b', metrics)).toEqual([2, _, 0, _]);
    expect(evaluated('a / 0', metrics)).toEqual([_, _, _, _]);
  });

  it('with a number has a datapoint wherever the series has one', () => {
    expect(evaluated('100 * a', metrics)).toEqual([600, 200, _, _]);
    expect(evaluated('1 + b', metrics)).toEqual([4, _, 5, _]);
  });

  it.each([
    ['a + 2 * 3', 7],
    ['(a + 2) * 3', 9],
    ['10 - a - 2', 7],
    ['16 / 4 / (a + 1)', 2],
    ['-a + 3', 2],
    ['2 * -a', -2],
    ['a * 0.25 + .5', 0.75],
    ['a + 1 > 1 + 0', 1],
    ['a == 1', 1],
    ['a != 1', 0],
    ['a <= 0', 0],
  ])('keeps to the usual precedence: %s', (expression, expected) => {
    expect(evaluated(expression, { a: [1] })).toEqual([expected]);
  });
});

describe('FILL', () => {
  it('gives every period a datapoint', () => {
    expect(evaluated('FILL(a, 0)', { a: [_, 5, _] })).toEqual([0, 5, 0]);
    expect(evaluated('FILL(a, 0) + FILL(b, 0)', { a: [_, 5, _], b: [_, 1, 2] })).toEqual([0, 6, 2]);
    expect(evaluated('FILL(a, -1)', { a: [_, 5] })).toEqual([-1, 5]);
  });

  it('repeats the value before the gap, if there is one', () => {
    expect(evaluated('FILL(a, REPEAT)', { a: [_, 5, _, _, 7, _] })).toEqual([_, 5, 5, 5, 7, 7]);
  });
});

describe('an aggregation of an array', () => {
  const metrics = { a: [1, 4, _, _], b: [3, _, 5, _] };

  it.each([
    ['SUM([a, b])', [4, 4, 5, _]],
    ['MIN([a, b])', [1, 4, 5, _]],
    ['MAX([a, b])', [3, 4, 5, _]],
    ['AVG([a, b])', [2, 2, 2.5, _]],
    ['SUM([a * 2, b]) / 2', [2.5, 4, 2.5, _]],
  ])('%s', (expression, expected) => {
    expect(evaluated(expression, metrics)).toEqual(expected);
  });
});

it('an expression tells which ids it refers to', () => {
  expect([...parseMathExpression('IF(calls > 3, errors / calls, 0)').ids]).toEqual(['calls', 'errors']);
});

describe('what is refused', () => {
  it.each([
    ['SEARCH(a)', 'the function SEARCH is not supported'],
    ['METRICS()', 'the function METRICS is not supported'],
    ['RATE(a)', 'the function RATE is not supported'],
    ['sum([a, b])', 'the function sum is not supported'],
    ['toString(a)', 'the function toString is not supported'],
    ['FILL(a, LINEAR)', '"LINEAR" is not supported'],
    ['FILL(a, b)', 'FILL with anything but a number or REPEAT'],
    ['FILL([a, b], 0)', 'FILL of anything but one time series'],
    ['FILL(a)', 'it has ")" where "," should be'],
    ['SUM(a)', 'SUM of anything but an array of time series'],
    ['a - MIN(a)', 'MIN of anything but an array of time series'],
    ['SUM([a, 5])', 'an array of anything but time series'],
    ['[a, b] * 2', '"*" with an array of time series'],
    ['IF([a, b], 1, 2)', 'IF with an array of time series'],
    ['IF(1, 2, a)', 'IF with a number as its condition'],
    ['IF(1, a, 2)', 'IF with a number as its condition'],
    ['a ^ 2', '"^" is not supported there'],
    ['a > 1 AND b > 1', '"AND" is not supported there'],
    ['a > 1 && b > 1', '"&&" is not supported there'],
    ['1 < a < 3', '"<" is not supported there'],
    ['a b', '"b" is not supported there'],
    ['1.2.3 + a', '".3" is not supported there'],
    ['a +', 'it ends too early'],
    ['(a', 'it has its end where ")" should be'],
    ['', 'it ends too early'],
    ['a + .', '"." is not supported'],
    ['Errors + 1', '"Errors" is not supported'],
    ['5', 'its result is not one time series'],
    ['[a, b]', 'its result is not one time series'],
    ['a + 1 / 0', 'it divides a number by zero'],
  ])('%s', (expression, why) => {
    expect(() => parseMathExpression(expression)).toThrow(why);
  });

  it('is named whole, with what would be supported', () => {
    expect(() => parseMathExpression('RATE(a)')).toThrow(
      /^The math expression "RATE\(a\)" cannot be evaluated: .* Supported are \+ - \* \/, comparisons/,
    );
  });
});

function evaluated(expression: string, metrics: Readonly<Record<string, Series>>): Series {
  return parseMathExpression(expression).evaluate((id) => metrics[id] ?? []);
}
