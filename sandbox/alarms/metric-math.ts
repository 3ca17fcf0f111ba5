import type { Tokens } from './tokens.ts';

/**
 * The values, operators and functions of metric math. Source: CloudWatch User Guide, "Using
 * math expressions with CloudWatch metrics", sections "Basic arithmetic functions", "Comparison and logical operators",
 * "Functions supported for metric math" and "Using IF expressions".
 */

/** A time series: one value for each period of the range, oldest first; undefined where there is no datapoint. */
export type Series = readonly (number | undefined)[];

/** The value of an expression or a part of one: a number, a time series, or an array of time series. */
export type MathValue =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'series'; readonly series: Series }
  | { readonly kind: 'list'; readonly list: readonly Series[] };

/** Says that an expression cannot be evaluated, and why. */
type Refuse = Tokens['refuse'];

type Operation = (left: number, right: number) => number | undefined;

/** The operators between two values. A division by zero has no datapoint. */
const OPERATIONS = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? undefined : left / right),
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '<=': (left, right) => Number(left <= right),
  '>=': (left, right) => Number(left >= right),
  '<': (left, right) => Number(left < right),
  '>': (left, right) => Number(left > right),
} as const satisfies Record<string, Operation>;

/** The sign of an operator. */
export type Operator = keyof typeof OPERATIONS;

/**
 * Two values joined by an operator. Between a series and a number there is a datapoint wherever the series has one. Between
 * two series there is one wherever either has one: "Missing values in a time series are treated as 0", and of comparisons,
 * when "only one of the time series has a value for a particular time stamp, the function treats the missing value in the
 * other time series as 0".
 */
export function operate(operator: Operator, left: MathValue, right: MathValue, refuse: Refuse): MathValue {
  const operation: Operation = OPERATIONS[operator];
  if (!isPlain(left) || !isPlain(right))
    return refuse(`"${operator}" with an array of time series is not supported`);
  if (left.kind === 'number' && right.kind === 'number') {
    const value = operation(left.value, right.value);
    return value === undefined ? refuse('it divides a number by zero') : { kind: 'number', value };
  }
  const leftAt = valuesOf(left);
  const rightAt = valuesOf(right);
  return seriesOf(timesOf(left, right), (index) => {
    const one = leftAt(index);
    const other = rightAt(index);
    const hasPoint = isSeriesPoint(left, one) || isSeriesPoint(right, other);
    return hasPoint ? operation(one ?? 0, other ?? 0) : undefined;
  });
}

/**
 * `IF(condition, whenTrue, whenFalse)`. A series as condition decides for each of its datapoints, and there is none where
 * it has none. Where it is true and `whenTrue` has no datapoint the value is 0; where it is false and `whenFalse` has none,
 * or is left out, the datapoint is dropped. With a number as condition the other two have to be series.
 */
export function choose(
  condition: MathValue,
  whenTrue: MathValue,
  whenFalse: MathValue | undefined,
  refuse: Refuse,
): MathValue {
  if (!isPlain(condition) || !isPlain(whenTrue) || !(whenFalse === undefined || isPlain(whenFalse)))
    return refuse('IF with an array of time series is not supported');
  if (condition.kind === 'number') {
    if (whenTrue.kind !== 'series' || (whenFalse ?? whenTrue).kind !== 'series')
      return refuse('IF with a number as its condition chooses between time series only');
    const none = seriesOf(whenTrue.series.length, () => undefined);
    return condition.value === 0 ? (whenFalse ?? none) : whenTrue;
  }
  const conditionAt = valuesOf(condition);
  const trueAt = valuesOf(whenTrue);
  const falseAt = whenFalse === undefined ? () => undefined : valuesOf(whenFalse);
  return seriesOf(timesOf(condition), (index) => {
    const decision = conditionAt(index);
    if (decision === undefined) return undefined;
    return decision === 0 ? falseAt(index) : (trueAt(index) ?? 0);
  });
}

/**
 * `FILL(series, number)` or `FILL(series, REPEAT)`: a datapoint for every period. REPEAT takes the last value before the
 * gap; a gap at the beginning stays.
 */
export function fill(value: MathValue, filler: MathValue | 'REPEAT', refuse: Refuse): MathValue {
  if (value.kind !== 'series') return refuse('FILL of anything but one time series is not supported');
  if (filler !== 'REPEAT' && filler.kind !== 'number')
    return refuse('FILL with anything but a number or REPEAT is not supported');
  let last: number | undefined;
  return seriesOf(value.series.length, (index) => {
    const own = value.series[index];
    last = own ?? last;
    return own ?? (filler === 'REPEAT' ? last : filler.value);
  });
}

/** The functions that make one series of an array of them, period by period. */
export const AGGREGATIONS = {
  MIN: (present) => Math.min(...present),
  MAX: (present) => Math.max(...present),
  SUM: (present) => sum(present),
  AVG: (present, count) => sum(present) / count,
} as const satisfies Record<string, (present: readonly number[], count: number) => number>;

/** The name of such a function. */
export type Aggregation = keyof typeof AGGREGATIONS;

/**
 * `MIN`, `MAX`, `SUM` or `AVG` of an array of series, with a datapoint wherever one of them has one. AVG: "Missing values
 * are treated as 0"; for MIN and MAX nothing of the kind is said, they look at the values that are there. Of one series
 * alone the functions give a number over all that was retrieved, which the guide advises against in alarms: refused.
 */
export function aggregate(name: Aggregation, value: MathValue, refuse: Refuse): MathValue {
  if (value.kind !== 'list')
    return refuse(`${name} of anything but an array of time series, [a, b], is not supported`);
  const length = Math.max(...value.list.map((series) => series.length));
  return seriesOf(length, (index) => {
    const present = value.list.flatMap((series) => series[index] ?? []);
    return present.length === 0 ? undefined : AGGREGATIONS[name](present, value.list.length);
  });
}

function seriesOf(length: number, valueAt: (index: number) => number | undefined): MathValue {
  return { kind: 'series', series: Array.from({ length }, (_, index) => valueAt(index)) };
}

/** A value that has one number for a period, or none. */
type PlainValue = Exclude<MathValue, { kind: 'list' }>;

function isPlain(value: MathValue): value is PlainValue {
  return value.kind !== 'list';
}

function valuesOf(value: PlainValue): (index: number) => number | undefined {
  return value.kind === 'number' ? () => value.value : (index) => value.series[index];
}

function isSeriesPoint(value: PlainValue, point: number | undefined): boolean {
  return value.kind === 'series' && point !== undefined;
}

function timesOf(...values: readonly PlainValue[]): number {
  return Math.max(...values.map((value) => (value.kind === 'series' ? value.series.length : 0)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
