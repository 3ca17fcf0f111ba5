/** Fields of one log line by the names that CloudWatch Logs Insights gives them. */
export type LogLine = ReadonlyMap<string, unknown>;

/**
 * The fields that CloudWatch discovers in a line: `@message`, `@timestamp`, `@log`, and those of the JSON at its end. Nested fields and array items
 * have dots in their names (`durationsMs.total`, `Unauthorized.0`); an array or object has no field of its own name. Source: "Supported logs
 * and discovered fields" in the user guide of CloudWatch Logs.
 */
export function readLogLine(message: string): LogLine {
  const fields = new Map<string, unknown>(
    Object.entries({ '@message': message, '@timestamp': undefined, '@log': undefined }),
  );
  const start = message.indexOf('{');
  if (start !== -1) addFields(fields, '', JSON.parse(message.slice(start)));
  return fields;
}

function addFields(fields: Map<string, unknown>, prefix: string, node: object): void {
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'object' && value !== null) addFields(fields, `${prefix}${key}.`, value);
    else fields.set(`${prefix}${key}`, value);
  }
}

/** The lines that pass the filter of a query. */
export function selectLines(query: string, lines: readonly LogLine[]): LogLine[] {
  const { conditions, joinedBy } = readFilter(query);
  const quantifier = joinedBy === 'or' ? 'some' : 'every';
  return lines.filter((line) => conditions[quantifier]((condition) => holds(condition, line)));
}

/**
 * What makes a query useless on a log: fields and filter values that no line has, and selected lines without a field that the query groups
 * by or shows the latest value of. The log must contain every kind of line that the query is meant to find.
 */
export function findQueryProblems(query: string, lines: readonly LogLine[]): string[] {
  const unknown = fieldsIn(query).filter((field) => !lines.some((line) => line.has(field)));
  const unmet = readFilter(query)
    .conditions.flatMap(alternativesOf)
    .filter((condition) => !lines.some((line) => holds(condition, line)));
  const selected = selectLines(query, lines);
  const incomplete = requiredFieldsIn(query).filter((field) => selected.some((line) => !line.has(field)));
  return [
    ...unknown.map((field) => `no line has the field ${field}`),
    ...unmet.map(({ field, pattern }) => `no line has ${field} like ${pattern}`),
    ...incomplete.map((field) => `a selected line has no ${field}`),
  ];
}

interface Condition {
  readonly field: string;
  readonly pattern: RegExp;
}

const CONDITION =
  /(?<![\w.@])(?!not )([\w.@]+) (?:= "([^"]*)"|like \/((?:[^/\\]|\\.)+)\/)|ispresent\(([\w.@]+)\)/g;

/** Of the lines, before any `stats`. Understands `=`, `like` and `ispresent`, joined by `and` or by `or`. Throws for any other filter. */
function readFilter(whole: string): { conditions: Condition[]; joinedBy: string | undefined } {
  // A filter after `stats` is about its columns, which no line has.
  const query = whole.replace(/(\|\s*stats\b[^|]*)\|\s*filter [^|]*/, '$1');
  const conditions = [...query.matchAll(CONDITION)].map(([, field = '', text, pattern, present]) => {
    if (present !== undefined) return { field: present, pattern: /^/ };
    if (pattern !== undefined) return { field, pattern: new RegExp(pattern) };
    return { field, pattern: new RegExp(`^${text?.replace(/[^\w ]/g, '\\$&')}$`) };
  });
  const rest = query.replace(CONDITION, '').match(/["'/=<>~]|\b(?:and|or|not|in|like)\b/g) ?? [];
  const [joinedBy, ...others] = new Set(rest);
  if (others.length > 0 || (joinedBy !== undefined && joinedBy !== 'and' && joinedBy !== 'or'))
    throw new Error(`This filter cannot be checked: ${query}`);
  return { conditions, joinedBy };
}

function holds({ field, pattern }: Condition, line: LogLine): boolean {
  return line.has(field) && pattern.test(String(line.get(field)));
}

/** A pattern such as `a|b` as two conditions, each of which some line must meet. */
function alternativesOf({ field, pattern: { source } }: Condition): Condition[] {
  const alternatives = source.includes('(') ? [source] : source.split('|');
  return alternatives.map((alternative) => ({ field, pattern: new RegExp(alternative) }));
}

const KEYWORDS =
  'fields filter stats sort limit by as and or like ispresent asc desc bin count sum avg max pct latest';

/** The names in a query that are neither keywords nor names that it gives to its own columns. */
function fieldsIn(query: string): string[] {
  const columns = new Set([...query.matchAll(/\bas (\w+)/g)].map(([, column]) => column));
  const withoutValues = query.replace(/"[^"]*"|\/(?:[^/\\]|\\.)+\//g, '');
  const names = withoutValues.match(/(?<![\w.@])[A-Za-z_@][\w.@]*/g) ?? [];
  return [...new Set(names)].filter((name) => !KEYWORDS.split(' ').includes(name) && !columns.has(name));
}

function requiredFieldsIn(query: string): string[] {
  const [, groups = ''] = /\bby ([^|]*)/.exec(query) ?? [];
  const latest = [...query.matchAll(/\blatest\(([\w.@]+)\)/g)].map(([, field = '']) => field);
  return [...fieldsIn(groups), ...latest];
}
