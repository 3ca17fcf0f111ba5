import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * DynamoDB's expressions, as far as the connections table needs them: comparisons, `attribute_exists` and
 * `attribute_not_exists` joined by AND and OR, and SET and REMOVE of whole attributes. Anything else is refused, so that
 * the simulation never holds for true what it does not understand. Source: DynamoDB's Developer Guide, "Expressions".
 */

export type Item = Readonly<Record<string, AttributeValue>>;

/** What stands for `#names` and `:values` in an expression. */
export interface Placeholders {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Readonly<Record<string, AttributeValue>> | undefined;
}

type Condition = (item: Item | undefined, placeholders: Placeholders) => boolean;
type Operand = (item: Item | undefined, placeholders: Placeholders) => AttributeValue | undefined;
type Update = (item: Item, placeholders: Placeholders) => Item;

const conditions = new Map<string, Condition>();
const updates = new Map<string, Update>();

/** Whether the condition holds for the item; undefined stands for an item that does not exist. */
export function meets(item: Item | undefined, expression: string, placeholders: Placeholders): boolean {
  return cached(conditions, expression, parseCondition)(item, placeholders);
}

/** The item after the update. */
export function updated(item: Item, expression: string, placeholders: Placeholders): Item {
  return cached(updates, expression, parseUpdate)(item, placeholders);
}

function cached<T>(known: Map<string, T>, expression: string, parse: (tokens: Tokens) => T): T {
  const parsed = known.get(expression) ?? parse(new Tokens(expression));
  known.set(expression, parsed);
  return parsed;
}

/** Words of an expression, read one after the other. */
class Tokens {
  readonly #expression: string;
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(expression: string) {
    this.#expression = expression;
    const tokens = expression.match(/[#:]?\w+|<=|>=|<>|[=<>(),]|\S/g) ?? [];
    this.#tokens = tokens;
  }

  peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  take(): string {
    const token = this.#tokens[this.#next];
    if (token === undefined) return this.refuse('ends too early');
    this.#next += 1;
    return token;
  }

  accept(token: string): boolean {
    if (this.peek() !== token) return false;
    this.#next += 1;
    return true;
  }

  expect(token: string): void {
    if (!this.accept(token)) this.refuse(`has "${this.peek() ?? 'its end'}" where "${token}" should be`);
  }

  expectEnd(): void {
    if (this.peek() !== undefined) this.refuse(`goes on with "${this.peek()}"`);
  }

  refuse(why: string): never {
    throw new Error(
      `The simulated table does not understand the expression "${this.#expression}": it ${why}.`,
    );
  }
}

function parseCondition(tokens: Tokens): Condition {
  const condition = parseOr(tokens);
  tokens.expectEnd();
  return condition;
}

function parseOr(tokens: Tokens): Condition {
  const either = [parseAnd(tokens)];
  while (tokens.accept('OR')) either.push(parseAnd(tokens));
  return (item, placeholders) => either.some((condition) => condition(item, placeholders));
}

function parseAnd(tokens: Tokens): Condition {
  const all = [parseTerm(tokens)];
  while (tokens.accept('AND')) all.push(parseTerm(tokens));
  return (item, placeholders) => all.every((condition) => condition(item, placeholders));
}

function parseTerm(tokens: Tokens): Condition {
  if (tokens.accept('(')) {
    const inner = parseOr(tokens);
    tokens.expect(')');
    return inner;
  }
  if (tokens.accept('attribute_exists')) return parseExists(tokens, true);
  if (tokens.accept('attribute_not_exists')) return parseExists(tokens, false);
  const left = parseOperand(tokens);
  const comparator = tokens.take();
  const right = parseOperand(tokens);
  const holds = COMPARATORS[comparator] ?? tokens.refuse(`compares with "${comparator}"`);
  return (item, placeholders) => {
    const [one, other] = [left(item, placeholders), right(item, placeholders)];
    return one !== undefined && other !== undefined && holds(one, other);
  };
}

function parseExists(tokens: Tokens, wanted: boolean): Condition {
  tokens.expect('(');
  const path = parseOperand(tokens);
  tokens.expect(')');
  return (item, placeholders) => (path(item, placeholders) !== undefined) === wanted;
}

function parseOperand(tokens: Tokens): Operand {
  const token = tokens.take();
  if (token.startsWith(':')) return (_, { values }) => values?.[token] ?? missing(token);
  const nameOf = parseName(token, tokens);
  return (item, placeholders) => item?.[nameOf(placeholders)];
}

function parseName(token: string, tokens: Tokens): (placeholders: Placeholders) => string {
  if (!/^#?[A-Za-z]\w*$/.test(token)) return tokens.refuse(`has "${token}" where an attribute should be`);
  return ({ names }) => (token.startsWith('#') ? (names?.[token] ?? missing(token)) : token);
}

function parseUpdate(tokens: Tokens): Update {
  const changes: Update[] = [];
  while (tokens.peek() !== undefined) {
    if (tokens.accept('SET')) {
      do changes.push(parseAssignment(tokens));
      while (tokens.accept(','));
    } else {
      tokens.expect('REMOVE');
      do changes.push(parseRemoval(tokens));
      while (tokens.accept(','));
    }
  }
  return (item, placeholders) => changes.reduce((changed, change) => change(changed, placeholders), item);
}

function parseAssignment(tokens: Tokens): Update {
  const nameOf = parseName(tokens.take(), tokens);
  tokens.expect('=');
  const value = parseOperand(tokens);
  return (item, placeholders) => {
    const given = value(item, placeholders);
    return given === undefined ? missing('a value') : { ...item, [nameOf(placeholders)]: given };
  };
}

function parseRemoval(tokens: Tokens): Update {
  const nameOf = parseName(tokens.take(), tokens);
  return (item, placeholders) => {
    const { [nameOf(placeholders)]: _, ...rest } = item;
    return rest;
  };
}

const COMPARATORS: Readonly<Record<string, (left: AttributeValue, right: AttributeValue) => boolean>> = {
  '=': (left, right) => compare(left, right) === 0,
  '<': (left, right) => (compare(left, right) ?? 0) < 0,
  '<=': (left, right) => (compare(left, right) ?? 1) <= 0,
  '>': (left, right) => (compare(left, right) ?? 0) > 0,
  '>=': (left, right) => (compare(left, right) ?? -1) >= 0,
};

/** Numbers with numbers, strings with strings; values of different types never compare. */
function compare(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.N !== undefined && right.N !== undefined) return Number(left.N) - Number(right.N);
  if (left.S === undefined || right.S === undefined) return undefined;
  return left.S < right.S ? -1 : Number(left.S > right.S);
}

function missing(what: string): never {
  throw new Error(`The expression needs ${what}, which was not given.`);
}
