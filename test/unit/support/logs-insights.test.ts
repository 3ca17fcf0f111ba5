import { describe, expect, it } from 'vitest';
import { fieldsNamedBy, type LogEvent, runQuery } from '../../support/logs-insights.ts';

const START_MS = Date.UTC(2026, 0, 5, 9);
const MINUTE_MS = 60_000;

/** Lines a minute apart, oldest first. */
function linesOf(...lines: readonly (object | string)[]): LogEvent[] {
  return lines.map((line, index) => ({
    timestampMs: START_MS + index * MINUTE_MS,
    message: typeof line === 'string' ? line : JSON.stringify(line),
  }));
}

/** The `n` of each line that passes a filter. */
function passing(filter: string, lines: readonly LogEvent[]) {
  return runQuery(`fields n | filter ${filter}`, lines).map(({ n }) => n);
}

describe('fields of a line', () => {
  it('are discovered in JSON: nested ones and items of arrays with dots', () => {
    const lines = linesOf({
      userIdentity: { type: 'IAMUser' },
      requestParameters: { instancesSet: { items: [{ instanceId: 'i-abcde123' }] } },
    });

    const rows = runQuery(
      'fields userIdentity.type, requestParameters.instancesSet.items.0.instanceId',
      lines,
    );

    expect(rows).toEqual([
      { 'userIdentity.type': 'IAMUser', 'requestParameters.instancesSet.items.0.instanceId': 'i-abcde123' },
    ]);
  });

  it('are not an array or an object as a whole', () => {
    const lines = linesOf({ n: 1, values: [0, 1], durations: { total: 3 } });

    expect(passing('ispresent(values) or ispresent(durations)', lines)).toEqual([]);
    expect(passing('ispresent(values.1) and ispresent(durations.total)', lines)).toEqual([1]);
  });

  it('are discovered in the JSON that ends a line of text, as Lambda writes it', () => {
    const lines = linesOf('2026-01-05T09:00:00.000Z\tid\tERROR\tInvoke Error\t{"errorType":"Error","n":1}');

    expect(passing('errorType = "Error"', lines)).toEqual([1]);
  });

  it('are the time and the whole line as well, which are shown when nothing else is asked for', () => {
    const lines = linesOf('START RequestId: id Version: $LATEST');

    expect(runQuery('filter @message like "START"', lines)).toEqual([
      { '@timestamp': START_MS, '@message': 'START RequestId: id Version: $LATEST' },
    ]);
  });

  it('are refused beyond 200 of one line', () => {
    const lines = linesOf({ values: Array(201).fill(0) });

    expect(() => runQuery('filter ispresent(values.0)', lines)).toThrow('More than 200 fields');
  });
});

describe('fields', () => {
  it('shows those of all its commands, by alias where there is one, and no cell for what a line lacks', () => {
    const lines = linesOf({ a: 1, b: 'two' }, { a: 3 });

    expect(runQuery('fields a | fields b as second', lines)).toEqual([{ a: 1, second: 'two' }, { a: 3 }]);
  });

  it('of other characters stand between backticks', () => {
    expect(runQuery('fields `foo-bar`', linesOf({ 'foo-bar': 1 }))).toEqual([{ 'foo-bar': 1 }]);
  });

  it('gives way to display', () => {
    const lines = linesOf({ a: 1, b: 2 });

    expect(runQuery('fields a, b | display b', lines)).toEqual([{ b: 2 }]);
  });
});

describe('filter', () => {
  const lines = linesOf(
    { n: 1, code: 'throttled', status: 200 },
    { n: 2, code: 'Throttled by us', status: '404' },
    { n: 3, status: 500 },
  );

  it.each([
    ['code = "throttled"', [1]],
    ["code = 'throttled'", [1]],
    ['ispresent(code) and code != "throttled"', [2]],
    ['status = 404', [2]],
    ['status > 200', [2, 3]],
    ['status >= 200 and status < 404', [1]],
    ['status <= 404', [1, 2]],
    ['code like "hrottled"', [1, 2]],
    ['code like "throttled"', [1]],
    ['code like /^[tT]hrottled$/', [1]],
    ['code like /(?i)THROTTLED/', [1, 2]],
    ['code =~ /by us/', [2]],
    ['status in [200, 500]', [1, 3]],
    ['status not in [200, 500]', [2]],
    ['@message not like /throttled/', [2, 3]],
    ['ispresent(code)', [1, 2]],
    ['not ispresent(code)', [3]],
    ['not (status = 200 or status = 500)', [2]],
    ['(status = 200 or status = 500) and ispresent(code)', [1]],
    ['status = 500 or code = "throttled"', [1, 3]],
  ])('%s', (filter, expected) => {
    expect(passing(filter, lines)).toEqual(expected);
  });

  it('of a text with a quotation mark', () => {
    expect(passing(String.raw`word = "say \"yes\""`, linesOf({ n: 1, word: 'say "yes"' }))).toEqual([1]);
  });
});

describe('stats', () => {
  const lines = linesOf(
    { code: 'timeout', ms: 30, reason: 'first' },
    { code: 'throttled', ms: 10, reason: 'second' },
    { code: 'timeout', ms: 10, reason: 'third' },
    { code: 'timeout', reason: 'fourth' },
  );

  it('counts all lines of a group, or those that have a field', () => {
    expect(runQuery('stats count(*) as lines, count(ms) as timed by code', lines)).toEqual([
      { code: 'timeout', lines: 3, timed: 2 },
      { code: 'throttled', lines: 1, timed: 1 },
    ]);
  });

  it('calculates with the lines that have the field', () => {
    expect(runQuery('stats sum(ms), avg(ms), min(ms), max(ms) by code', lines)).toEqual([
      { code: 'timeout', 'sum(ms)': 40, 'avg(ms)': 20, 'min(ms)': 10, 'max(ms)': 30 },
      { code: 'throttled', 'sum(ms)': 10, 'avg(ms)': 10, 'min(ms)': 10, 'max(ms)': 10 },
    ]);
    expect(runQuery('filter reason = "fourth" | stats avg(ms) by code', lines)).toEqual([
      { code: 'timeout' },
    ]);
  });

  it('finds the value below which a percentage of the values lies', () => {
    const hundred = linesOf(...Array.from({ length: 100 }, (_, index) => ({ ms: 100 - index })));

    expect(runQuery('stats pct(ms, 95), pct(ms, 50) as median', hundred)).toEqual([
      { 'pct(ms, 95)': 95, median: 50 },
    ]);
    expect(runQuery('stats pct(ms, 50) as median', linesOf({ ms: 9 }, { ms: 1 }, { ms: 2 }))).toEqual([
      { median: 2 },
    ]);
  });

  it('takes the value of the line with the latest time, or the earliest, wherever it stands', () => {
    expect(
      runQuery('stats latest(reason) as last, earliest(reason) as first by code', lines.toReversed()),
    ).toEqual([
      { code: 'timeout', first: 'first', last: 'fourth' },
      { code: 'throttled', first: 'second', last: 'second' },
    ]);
  });

  it('puts lines of one period together', () => {
    expect(runQuery('stats count(*) by bin(2m)', lines)).toEqual([
      { 'bin(2m)': START_MS, 'count(*)': 2 },
      { 'bin(2m)': START_MS + 2 * MINUTE_MS, 'count(*)': 2 },
    ]);
    expect(runQuery('stats count(*) as lines by bin(1h) as hour, code | sort lines desc', lines)).toEqual([
      { hour: START_MS, code: 'timeout', lines: 3 },
      { hour: START_MS, code: 'throttled', lines: 1 },
    ]);
  });

  it('yields no row when no line is left', () => {
    expect(runQuery('filter code = "unheard of" | stats count(*) by code', lines)).toEqual([]);
  });
});

describe('sort and limit', () => {
  const lines = linesOf({ n: 2 }, { n: 10 }, { n: 1 });

  it('order by number, and cut off', () => {
    expect(passing('ispresent(n) | sort n desc | limit 2', lines)).toEqual([10, 2]);
    expect(passing('ispresent(n) | sort n asc', lines)).toEqual([1, 2, 10]);
  });

  it('may go by a field that is not shown', () => {
    expect(passing('ispresent(n) | sort @timestamp desc', lines)).toEqual([1, 10, 2]);
  });

  it('leave 10,000 rows when there is no limit', () => {
    const many = linesOf(...Array(10_001).fill({ n: 1 }));

    expect(runQuery('fields n', many)).toHaveLength(10_000);
  });
});

describe('a query', () => {
  it('may have comments, several lines, and the source that a dashboard puts before it', () => {
    const query = `SOURCE '/aws/lambda/a' | SOURCE '/aws/lambda/b' |
      filter n = 1 # | filter n = 2
      | stats count(*) as lines`;

    expect(runQuery(query, linesOf({ n: 1 }, { n: 2 }))).toEqual([{ lines: 1 }]);
  });

  it('names fields of lines, and no alias, column, keyword or text', () => {
    const query =
      'fields a as alias | filter alias = "b" or c.d like /e/ | stats count(*) as f, latest(g) as h, pct(i, 95) by a, j as k, bin(5m) | sort f desc';

    expect(fieldsNamedBy(query)).toEqual(['a', 'c.d', 'g', 'i', 'j']);
  });

  it('names a field also when a column is called the same', () => {
    expect(fieldsNamedBy('stats count(*) as code by code')).toEqual(['code']);
  });
});

describe('refused is', () => {
  it.each([
    ['a command that is not known', 'parse @message "*" as x', 'Expected one of fields, display, filter'],
    ['a command in capitals', 'FILTER a = 1', 'found FILTER'],
    ['a function that is not known', 'stats median(a)', 'Expected one of count, sum, avg'],
    ['a function in a filter', 'filter strlen(a) > 3', 'Expected an operator'],
    ['arithmetic', 'fields a + b', 'Nothing that is known begins at character 9'],
    ['two fields compared', 'filter a = b', 'Expected a text or a number'],
    ['a double equals sign', 'filter a == "b"', 'Expected a text or a number'],
    ['and with or, without parentheses', 'filter a = 1 and b = 2 or c = 3', 'parentheses before "or"'],
    ['not before a comparison', 'filter not a = 1', 'Expected "(" or ispresent'],
    ['a text without its end', 'filter a = "b', 'Nothing that is known begins'],
    ['an escape that is not known', String.raw`filter a = "\n"`, 'Nothing that is known begins'],
    ['a parenthesis without its end', 'filter (a = 1', 'Expected ")"'],
    ['words after the end', 'limit 5 please', 'Expected end'],
    ['nothing after a pipe', 'fields a |', 'Expected one of fields'],
    ['a hyphen without backticks', 'fields foo-bar', 'Nothing that is known begins at character 10: -bar'],
    ['a field of CloudWatch that not every line has', 'fields @duration', '@timestamp or @message'],
    ['a period that does not exist', 'stats count(*) by bin(5y)', 'a period of at most'],
    ['a period beyond its cap', 'stats count(*) by bin(90m)', 'a period of at most'],
    ['sort without a direction', 'sort a', 'Expected asc or desc'],
    ['sort by two fields', 'sort a asc, b desc', 'Expected end'],
    [
      'sort by what stats has not yielded',
      'stats count(*) as n | sort attempts desc',
      'one of the columns n',
    ],
    [
      'display of what stats has not yielded',
      'stats count(*) as n by a | display b',
      'one of the columns n, a',
    ],
    ['fields after stats', 'stats count(*) by a | fields a', '"fields" after "stats"'],
    ['stats of stats', 'stats count(*) by a | stats count(a)', '"stats" after "stats"'],
    ['sort after sort', 'sort a asc | sort b asc', '"sort" after "sort"'],
    ['sort after limit', 'limit 5 | sort a asc', '"sort" after "limit"'],
  ])('%s', (_, query, message) => {
    expect(() => runQuery(query, [])).toThrow(message);
  });

  it.each([
    ['that a field which is missing differs', 'filter code != "x"', 'missing code is "!="'],
    [
      'that a field which is missing is not like a text',
      'filter code not like "x"',
      'a field that is missing',
    ],
    [
      'that two things are not so, one of them of a missing field',
      'filter not (code = "x" and word = "a")',
      'missing',
    ],
    ['an order of words', 'fields word | sort word asc', 'order by "a"'],
    ['an order by what a line lacks', 'fields code | sort code asc', 'order by null'],
    ['a sum of words', 'stats sum(word)', 'calculate with'],
    ['a comparison with a boolean', 'filter flag = "true"', 'what true is equal to'],
    ['a group by what a line lacks', 'stats count(*) by code', 'without code'],
    ['the latest value when the latest line has none', 'stats latest(code)', 'the latest code'],
  ])('what the user guide leaves open: %s', (_, query, message) => {
    expect(() => runQuery(query, linesOf({ word: 'a', flag: true }))).toThrow(message);
  });

  it('nothing of these where an operand decides alone', () => {
    const lines = linesOf({ n: 1 }, { n: 2, code: 'x' });

    expect(passing('ispresent(code) and code != "y"', lines)).toEqual([2]);
    expect(passing('not ispresent(code) or code != "y"', lines)).toEqual([1, 2]);
  });

  it('a line that has a brace but no JSON', () => {
    expect(() => runQuery('fields n', linesOf('{not JSON'))).toThrow(SyntaxError);
  });
});
