import {
  type Aggregate,
  type Column,
  type Command,
  type Condition,
  type Group,
  type Literal,
  type Operator,
  parseQuery,
} from './logs-insights-parser.ts';
import { UnsupportedQueryError } from './logs-insights-tokens.ts';

/** A line as it lies in a log group. */
export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  /** The line as it was written. */
  readonly message: string;
}

/** Of times: milliseconds since the epoch, where CloudWatch shows a date. */
export type LogValue = string | number | boolean | null;

/** One row of a result, by column. A field that a line lacks has no cell. */
export type ResultRow = Readonly<Record<string, LogValue>>;

type Row = ReadonlyMap<string, LogValue>;

/** What a query without `limit` returns at most. */
const DEFAULT_LIMIT = 10_000;
/** Fields of one JSON line that CloudWatch discovers at most. */
const MOST_FIELDS = 200;

/**
 * Evaluates a query of CloudWatch Logs Insights as its user guide describes it. What our queries do not use is refused with
 * an {@link UnsupportedQueryError}, as is any line for which the guide does not say what comes out: a query that passes
 * depends on nothing undocumented. Rows without `sort` have no order that can be relied upon.
 */
export function runQuery(query: string, events: readonly LogEvent[]): ResultRow[] {
  const { commands } = parseQuery(query);
  let rows: readonly Row[] = events.map(discoverFields);
  let shown: readonly string[] = [];
  for (const command of commands) {
    rows = applyTo(rows, command);
    if (command.command === 'fields') shown = [...shown, ...command.columns.map(({ as }) => as)];
    if (command.command === 'stats') shown = [...command.aggregates, ...command.groups].map(({ as }) => as);
    if (command.command === 'display') shown = command.columns;
  }
  const columns = shown.length === 0 ? ['@timestamp', '@message'] : shown;
  return rows.slice(0, DEFAULT_LIMIT).map((row) => cellsOf(row, columns));
}

/** The fields of log lines that a query names, and would name in vain if no line had them. */
export function fieldsNamedBy(query: string): string[] {
  return [...parseQuery(query).fields];
}

/**
 * The fields of a line: what CloudWatch generates, and those of its JSON, nested ones and items of arrays with dots
 * (`durationsMs.total`, `states.0`). An array has no field of its own name. Source: "Supported logs and discovered fields".
 */
export function discoverFields({ timestampMs, message }: LogEvent): Row {
  const fields = new Map<string, LogValue>();
  const start = message.indexOf('{');
  if (start !== -1) flatten('', JSON.parse(message.slice(start)), fields);
  if (fields.size > MOST_FIELDS)
    throw new UnsupportedQueryError(`More than ${MOST_FIELDS} fields: ${message}`);
  return fields.set('@timestamp', timestampMs).set('@message', message);
}

function flatten(prefix: string, node: object, fields: Map<string, LogValue>): void {
  for (const [key, value] of Object.entries(node) as [string, LogValue | object][]) {
    if (typeof value === 'object' && value !== null) flatten(`${prefix}${key}.`, value, fields);
    else fields.set(`${prefix}${key}`, value);
  }
}

function applyTo(rows: readonly Row[], command: Command): readonly Row[] {
  switch (command.command) {
    case 'fields':
      return rows.map((row) => withAliases(row, command.columns));
    case 'display':
      return rows;
    case 'filter':
      return rows.filter((row) => isTrue(command.condition, row) === true);
    case 'stats':
      return [...groupsOf(rows, command.groups).values()].map(({ key, members }) => {
        const cells = command.aggregates.map(
          (aggregate) => [aggregate.as, aggregateOf(aggregate, members)] as const,
        );
        return new Map([
          ...key,
          ...cells.filter((cell): cell is [string, LogValue] => cell[1] !== undefined),
        ]);
      });
    case 'sort':
      return sorted(rows, command.field, command.descending ? -1 : 1);
    case 'limit':
      return rows.slice(0, command.count);
  }
}

function withAliases(row: Row, columns: readonly Column[]): Row {
  const aliases = columns.flatMap(({ field, as }): [string, LogValue][] => {
    const value = row.get(field);
    return value === undefined ? [] : [[as, value]];
  });
  return new Map([...row, ...aliases]);
}

/** Undefined where a field is missing: the guide does not say what comparing it yields, only that it is no match. */
function isTrue(condition: Condition, row: Row): boolean | undefined {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const decisive = condition.kind === 'or';
      const left = isTrue(condition.left, row);
      if (left === decisive) return decisive;
      const right = isTrue(condition.right, row);
      return right === decisive ? decisive : left === undefined ? undefined : right;
    }
    case 'not': {
      const operand = isTrue(condition.operand, row);
      if (operand === undefined) return refuseLine('whether "not" holds for a field that is missing', row);
      return !operand;
    }
    case 'ispresent':
      return row.has(condition.field);
  }
  const value = row.get(condition.field);
  if (value === undefined) {
    const isUnequal = condition.kind === 'compare' && condition.operator === '!=';
    return isUnequal ? refuseLine(`whether a missing ${condition.field} is "!="`, row) : undefined;
  }
  switch (condition.kind) {
    case 'compare':
      return compare(value, condition.operator, condition.value, row);
    case 'in':
      return condition.values.some((candidate) => compare(value, '=', candidate, row));
    case 'contains':
      return textOf(value, row).includes(condition.text);
    case 'matches':
      return condition.pattern.test(textOf(value, row));
  }
}

function compare(value: LogValue, operator: Operator, literal: Literal, row: Row): boolean {
  if (operator === '=') return textOf(value, row) === String(literal);
  if (operator === '!=') return textOf(value, row) !== String(literal);
  const [left, right] = [numberOf(value, row), numberOf(literal, row)];
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

function groupsOf(rows: readonly Row[], groups: readonly Group[]) {
  const found = new Map<string, { readonly key: readonly [string, LogValue][]; readonly members: Row[] }>();
  for (const row of rows) {
    const key = groups.map(({ field, as, binMs }): [string, LogValue] => {
      const value = row.get(field);
      if (value === undefined) return refuseLine(`the group of a line without ${field}`, row);
      return [as, binMs === undefined ? value : Math.floor(numberOf(value, row) / binMs) * binMs];
    });
    const name = JSON.stringify(key);
    const group = found.get(name) ?? { key, members: [] };
    found.set(name, group);
    group.members.push(row);
  }
  return found;
}

/** Undefined, and no cell, when no line of the group has a number. */
function aggregateOf(aggregate: Aggregate, rows: readonly Row[]): LogValue | undefined {
  const { field, percent = Number.NaN } = aggregate;
  const has = rows.filter((row) => field === '*' || row.has(field));
  if (aggregate.function === 'count') return has.length;
  if (aggregate.function === 'latest') return atTheEdge(rows, field, 'latest');
  if (aggregate.function === 'earliest') return atTheEdge(rows, field, 'earliest');
  const numbers = has.map((row) => numberOf(row.get(field) ?? null, row)).sort((a, b) => a - b);
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((total, number) => total + number, 0);
  switch (aggregate.function) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / numbers.length;
    case 'min':
      return numbers.at(0);
    case 'max':
      return numbers.at(-1);
    case 'pct':
      return numbers[Math.max(0, Math.ceil((percent / 100) * numbers.length) - 1)];
  }
}

/** Of lines with the same time, the one given last is the latest: how CloudWatch chooses is undocumented. */
function atTheEdge(rows: readonly Row[], field: string, edge: 'latest' | 'earliest'): LogValue | undefined {
  const inOrder = sorted(rows, '@timestamp', 1);
  const row = edge === 'latest' ? inOrder.at(-1) : inOrder.at(0);
  const value = row?.get(field);
  if (row !== undefined && value === undefined)
    refuseLine(`the ${edge} ${field} when that line has none`, row);
  return value;
}

function sorted(rows: readonly Row[], field: string, sign: 1 | -1): Row[] {
  const numberIn = (row: Row) => numberOf(row.get(field) ?? null, row);
  for (const row of rows) numberIn(row);
  return rows.toSorted((a, b) => sign * (numberIn(a) - numberIn(b)));
}

function numberOf(value: LogValue, row: Row): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && !Number.isNaN(number)) return number;
  return refuseLine(`how to calculate with or order by ${JSON.stringify(value)}`, row);
}

function textOf(value: LogValue, row: Row): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return refuseLine(`what ${value} is equal to or like`, row);
}

function refuseLine(what: string, row: Row): never {
  throw new UnsupportedQueryError(`The user guide does not say ${what}: ${JSON.stringify([...row])}`);
}

function cellsOf(row: Row, columns: readonly string[]): ResultRow {
  const cells = columns.map((column) => [column, row.get(column)] as const);
  return Object.fromEntries(cells.filter((cell): cell is [string, LogValue] => cell[1] !== undefined));
}
