import { TokenReader, UnsupportedQueryError } from './logs-insights-tokens.ts';

/** What a filter asks of a line. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'ispresent'; readonly field: string }
  | { readonly kind: 'compare'; readonly field: string; readonly operator: Operator; readonly value: Literal }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly Literal[] }
  | { readonly kind: 'contains'; readonly field: string; readonly text: string }
  | { readonly kind: 'matches'; readonly field: string; readonly pattern: RegExp };

export type Literal = string | number;

/** A field, and the name that it has in the result. */
export interface Column {
  readonly field: string;
  readonly as: string;
}

/** A number or a value made of many lines. `field` is `*` for `count(*)`. */
export interface Aggregate extends Column {
  readonly function: AggregateFunction;
  /** Of `pct`: which percentile. */
  readonly percent?: number;
}

/** What lines are put together by: a field, or the period of `@timestamp`. */
export interface Group extends Column {
  readonly binMs?: number;
}

export type Command =
  | { readonly command: 'fields'; readonly columns: readonly Column[] }
  | { readonly command: 'display'; readonly columns: readonly string[] }
  | { readonly command: 'filter'; readonly condition: Condition }
  | {
      readonly command: 'stats';
      readonly aggregates: readonly Aggregate[];
      readonly groups: readonly Group[];
    }
  | { readonly command: 'sort'; readonly field: string; readonly descending: boolean }
  | { readonly command: 'limit'; readonly count: number };

export interface Query {
  readonly commands: readonly Command[];
  /** Fields of log lines that the query names; no alias is among them. */
  readonly fields: ReadonlySet<string>;
}

const COMMANDS = ['fields', 'display', 'filter', 'stats', 'sort', 'limit'] as const;
const AGGREGATES = ['count', 'sum', 'avg', 'min', 'max', 'pct', 'latest', 'earliest'] as const;
const OPERATORS = ['=', '!=', '<', '<=', '>', '>='] as const;
export type AggregateFunction = (typeof AGGREGATES)[number];
export type Operator = (typeof OPERATORS)[number];

/** Of the fields that CloudWatch generates, those that every line has. */
const GENERATED = ['@timestamp', '@message'];

/** What may not come after a command: its meaning there is undocumented, or another than it looks. */
const NOT_AFTER: Readonly<Partial<Record<Command['command'], readonly Command['command'][]>>> = {
  stats: ['fields', 'stats'],
  sort: ['stats', 'sort'],
  limit: ['filter', 'stats', 'sort', 'limit'],
  display: ['fields', 'filter', 'stats', 'sort', 'limit', 'display'],
};

/**
 * Parses the part of CloudWatch's query language that our queries are written in. All else is refused with an
 * {@link UnsupportedQueryError}. Source: "CloudWatch Logs Insights language query syntax" in its user guide.
 */
export function parseQuery(text: string): Query {
  return new QueryParser(new TokenReader(text)).query();
}

class QueryParser {
  readonly #tokens: TokenReader;
  readonly #fields = new Set<string>();
  readonly #aliases = new Set<string>();
  #isAfterStats = false;

  constructor(tokens: TokenReader) {
    this.#tokens = tokens;
  }

  query(): Query {
    while (this.#tokens.takeWord('SOURCE')) {
      this.#tokens.expect('string');
      this.#tokens.expect('symbol', '|');
    }
    const commands = this.#tokens.list('|', () => this.#command());
    this.#tokens.expect('end');
    for (const [index, { command }] of commands.entries()) {
      const before = commands
        .slice(0, index)
        .find((earlier) => NOT_AFTER[earlier.command]?.includes(command));
      if (before !== undefined)
        throw new UnsupportedQueryError(`"${command}" after "${before.command}" is not supported.`);
    }
    return { commands, fields: this.#fields };
  }

  #command(): Command {
    const command = this.#tokens.takeOneOf('word', COMMANDS);
    switch (command) {
      case 'fields':
        return this.#fieldsCommand();
      case 'display':
        return { command, columns: this.#tokens.list(',', () => this.#field()) };
      case 'filter':
        return { command, condition: this.#condition() };
      case 'stats':
        return this.#stats();
      case 'sort':
        return this.#sort();
      case 'limit':
        return { command, count: this.#number() };
      default:
        return this.#tokens.refuse(`one of ${COMMANDS.join(', ')}`);
    }
  }

  #fieldsCommand(): Command {
    const columns = this.#tokens.list(',', () => this.#aliased({ field: this.#field() }));
    for (const { field, as } of columns) if (as !== field) this.#aliases.add(as);
    return { command: 'fields', columns };
  }

  #stats(): Command {
    const aggregates = this.#tokens.list(',', () => this.#aggregate());
    const groups = this.#tokens.takeWord('by') ? this.#tokens.list(',', () => this.#group()) : [];
    this.#aliases.clear();
    for (const { as } of [...aggregates, ...groups]) this.#aliases.add(as);
    this.#isAfterStats = true;
    return { command: 'stats', aggregates, groups };
  }

  #aggregate(): Aggregate {
    const name =
      this.#tokens.takeOneOf('word', AGGREGATES) ?? this.#tokens.refuse(`one of ${AGGREGATES.join(', ')}`);
    this.#tokens.expect('symbol', '(');
    const field = name === 'count' && this.#tokens.take('symbol', '*') ? '*' : this.#field();
    const percent = name === 'pct' ? this.#percent() : undefined;
    this.#tokens.expect('symbol', ')');
    if (percent === undefined) return this.#aliased({ function: name, field }, `${name}(${field})`);
    return this.#aliased({ function: name, field, percent }, `${name}(${field}, ${percent})`);
  }

  #percent(): number {
    this.#tokens.expect('symbol', ',');
    return this.#number();
  }

  #group(): Group {
    if (!this.#tokens.takeWord('bin')) return this.#aliased({ field: this.#field() });
    this.#tokens.expect('symbol', '(');
    const { text, ms: binMs } = this.#tokens.expectPeriod();
    this.#tokens.expect('symbol', ')');
    return this.#aliased({ field: '@timestamp', binMs }, `bin(${text})`);
  }

  #sort(): Command {
    const field = this.#field();
    const direction = this.#tokens.takeOneOf('word', ['asc', 'desc']) ?? this.#tokens.refuse('asc or desc');
    return { command: 'sort', field, descending: direction === 'desc' };
  }

  /** Which of `and` and `or` binds tighter is not documented: to mix them takes parentheses. */
  #condition(): Condition {
    let left = this.#term();
    const kind = this.#tokens.takeOneOf('word', ['and', 'or']);
    if (kind === undefined) return left;
    do left = { kind, left, right: this.#term() };
    while (this.#tokens.takeWord(kind));
    const other = this.#tokens.takeOneOf('word', ['and', 'or']);
    return other === undefined ? left : this.#tokens.refuse(`parentheses before "${other}"`);
  }

  #term(): Condition {
    const isNegated = this.#tokens.takeWord('not');
    const operand = this.#parenthesis() ?? this.#presence();
    if (!isNegated) return operand ?? this.#comparison();
    return operand === undefined ? this.#tokens.refuse('"(" or ispresent') : { kind: 'not', operand };
  }

  #parenthesis(): Condition | undefined {
    if (!this.#tokens.take('symbol', '(')) return undefined;
    const condition = this.#condition();
    this.#tokens.expect('symbol', ')');
    return condition;
  }

  #presence(): Condition | undefined {
    if (!this.#tokens.takeWord('ispresent')) return undefined;
    this.#tokens.expect('symbol', '(');
    const field = this.#field();
    this.#tokens.expect('symbol', ')');
    return { kind: 'ispresent', field };
  }

  #comparison(): Condition {
    const field = this.#field();
    const operator = this.#tokens.takeOneOf('symbol', OPERATORS);
    if (operator !== undefined) return { kind: 'compare', field, operator, value: this.#literal() };
    if (this.#tokens.takeWord('not')) return { kind: 'not', operand: this.#likeOrIn(field) };
    return this.#likeOrIn(field);
  }

  #likeOrIn(field: string): Condition {
    if (this.#tokens.takeWord('in')) {
      this.#tokens.expect('symbol', '[');
      const values = this.#tokens.list(',', () => this.#literal());
      this.#tokens.expect('symbol', ']');
      return { kind: 'in', field, values };
    }
    if (!this.#tokens.takeWord('like'))
      this.#tokens.take('symbol', '=~') ?? this.#tokens.refuse('an operator');
    const text = this.#tokens.take('string')?.text;
    return text === undefined
      ? { kind: 'matches', field, pattern: this.#pattern() }
      : { kind: 'contains', field, text };
  }

  /** JavaScript has no `(?i)`, which CloudWatch's examples have at the beginning. Other modes are refused by RegExp. */
  #pattern(): RegExp {
    const { text } = this.#tokens.expect('regex');
    return text.startsWith('(?i)') ? new RegExp(text.slice(4), 'i') : new RegExp(text);
  }

  #literal(): Literal {
    const text = this.#tokens.take('string')?.text;
    if (text !== undefined) return text;
    const number = this.#tokens.take('number')?.text;
    return number === undefined ? this.#tokens.refuse('a text or a number') : Number(number);
  }

  #number(): number {
    return Number(this.#tokens.expect('number').text);
  }

  #field(): string {
    const token = this.#tokens.take('quoted') ?? this.#tokens.expect('word');
    const name = token.text;
    if (this.#aliases.has(name)) return name;
    if (this.#isAfterStats)
      return this.#tokens.refuse(`one of the columns ${[...this.#aliases].join(', ')}`, token);
    if (name.startsWith('@') && !GENERATED.includes(name))
      return this.#tokens.refuse(GENERATED.join(' or '), token);
    this.#fields.add(name);
    return name;
  }

  #aliased<Named extends { readonly field: string }>(named: Named, written = named.field): Named & Column {
    return { ...named, as: this.#tokens.takeWord('as') ? this.#tokens.expect('word').text : written };
  }
}
