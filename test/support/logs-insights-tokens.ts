/** A query that cannot be evaluated: CloudWatch would refuse it, or it says what these files do not know. */
export class UnsupportedQueryError extends Error {
  override readonly name = 'UnsupportedQueryError';
}

/** `word`: a keyword or a field. `quoted`: a field between backticks. `period`: a number with a unit of time. */
export type TokenKind = 'word' | 'quoted' | 'string' | 'regex' | 'period' | 'number' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Without its quotes, backticks or slashes. */
  readonly text: string;
  /** Where it begins in the query, for messages. */
  readonly at: number;
}

const PERIOD = /^(\d+)(ms|s|m|h)$/;
/** Milliseconds of a unit, and how many of it `bin` takes at most. */
const UNITS: Readonly<Record<string, { readonly ms: number; readonly most: number }>> = {
  ms: { ms: 1, most: 1000 },
  s: { ms: 1000, most: 60 },
  m: { ms: 60_000, most: 60 },
  h: { ms: 3_600_000, most: 24 },
};

const BLANK = /(?:\s|#[^\n]*)+/y;

/** The first that fits is it. Underscores need no backticks: CloudWatch's own queries of Container Insights have none. */
const KINDS: readonly (readonly [TokenKind, RegExp])[] = [
  ['string', /"((?:[^"\\]|\\["\\])*)"/y],
  ['string', /'((?:[^'\\]|\\['\\])*)'/y],
  ['regex', /\/((?:[^/\\\n]|\\.)+)\//y],
  ['period', /(\d+[a-z]+)/y],
  ['number', /(-?\d+(?:\.\d+)?)/y],
  ['quoted', /`([^`]+)`/y],
  ['word', /([A-Za-z_@][\w@.]*)/y],
  ['symbol', /(<=|>=|!=|=~|[=<>|,()[\]*])/y],
];

/** Reads the tokens of a query of CloudWatch Logs Insights, one after the other. */
export class TokenReader {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(query: string) {
    this.#query = query;
    this.#tokens = tokenize(query);
  }

  /** The next token, if it is of this kind and has this text; or undefined, and nothing is read. */
  take(kind: TokenKind, text?: string): Token | undefined {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind || (text !== undefined && token.text !== text)) return undefined;
    this.#next += 1;
    return token;
  }

  expect(kind: TokenKind, text?: string): Token {
    return this.take(kind, text) ?? this.refuse(text === undefined ? kind : `"${text}"`);
  }

  takeWord(text: string): boolean {
    return this.take('word', text) !== undefined;
  }

  /** The one of these texts that comes next. */
  takeOneOf<Text extends string>(kind: TokenKind, texts: readonly Text[]): Text | undefined {
    return texts.find((text) => this.take(kind, text) !== undefined);
  }

  /** A number with a unit, as `bin` takes it. */
  expectPeriod(): { readonly text: string; readonly ms: number } {
    const period = this.expect('period');
    const [, digits, name = ''] = PERIOD.exec(period.text) ?? [];
    const [count, unit] = [Number(digits), UNITS[name]];
    return unit !== undefined && count >= 1 && count <= unit.most
      ? { text: period.text, ms: count * unit.ms }
      : this.refuse('a period of at most 1000ms, 60s, 60m or 24h', period);
  }

  /** One item, or more with a separator between two. */
  list<Item>(separator: string, item: () => Item): Item[] {
    const items = [item()];
    while (this.take('symbol', separator)) items.push(item());
    return items;
  }

  /** Throws: something else was expected at this token, or at the next. */
  refuse(expected: string, token = this.#tokens[this.#next]): never {
    throw new UnsupportedQueryError(
      `Expected ${expected} at character ${token?.at}, found ${token?.text}, in the query: ${this.#query}`,
    );
  }
}

/** The tokens of a query of CloudWatch Logs Insights, without blanks and comments. The last is its end. */
function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = endOfBlank(query, 0);
  while (at < query.length) {
    const { token, end } = tokenAt(query, at);
    tokens.push(token);
    at = endOfBlank(query, end);
  }
  return [...tokens, { kind: 'end', text: 'the end of the query', at }];
}

function endOfBlank(query: string, from: number): number {
  BLANK.lastIndex = from;
  return BLANK.test(query) ? BLANK.lastIndex : from;
}

function tokenAt(query: string, at: number): { token: Token; end: number } {
  for (const [kind, pattern] of KINDS) {
    pattern.lastIndex = at;
    const found = pattern.exec(query)?.[1];
    if (found === undefined) continue;
    const text = kind === 'string' ? found.replace(/\\(.)/g, '$1') : found;
    return { token: { kind, text, at }, end: pattern.lastIndex };
  }
  throw new UnsupportedQueryError(`Nothing that is known begins at character ${at}: ${query.slice(at)}`);
}
