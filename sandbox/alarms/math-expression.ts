import {
  AGGREGATIONS,
  type Aggregation,
  aggregate,
  choose,
  fill,
  type MathValue,
  type Operator,
  operate,
  type Series,
} from './metric-math.ts';
import { Tokens } from './tokens.ts';

/** A parsed math expression of an alarm. */
export interface MathExpression {
  readonly text: string;
  /** The ids of the metrics and expressions that it refers to. */
  readonly ids: ReadonlySet<string>;
  /** Evaluates it, given the series of its ids, all of the same length. */
  evaluate(seriesOf: (id: string) => Series): Series;
}

const TOKEN = /\d+(?:\.\d+)?|\.\d+|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||\S/g;
const NUMBER = /^\.?\d/;
const ID = /^[a-z]\w*$/;
const COMPARISONS = ['==', '!=', '<=', '>=', '<', '>'] as const satisfies readonly Operator[];
const ADVICE =
  'Supported are + - * /, comparisons, numbers, ids, IF, FILL with a number or REPEAT, and MIN, MAX, SUM, AVG of an array.';

/**
 * Reads an expression of metric math. Precedence is the usual one: unary minus, then * and /, then + and -, then one
 * comparison. Throws when there is anything in it that is not supported, or when its result is not one time series.
 */
export function parseMathExpression(text: string): MathExpression {
  const tokens = new Tokens({ text, pattern: TOKEN, what: 'The math expression', advice: ADVICE });
  const ids = new Set<string>();
  const term = new MathParser(tokens, ids).comparison();
  tokens.expectEnd();
  const evaluate = (seriesOf: (id: string) => Series): Series => {
    const value = term(seriesOf);
    return value.kind === 'series' ? value.series : tokens.refuse('its result is not one time series');
  };
  // The kinds of the values do not depend on data, so evaluating without data finds every mistake now.
  evaluate(() => []);
  return { text, ids, evaluate };
}

type Term = (seriesOf: (id: string) => Series) => MathValue;

class MathParser {
  readonly #tokens: Tokens;
  readonly #ids: Set<string>;

  constructor(tokens: Tokens, ids: Set<string>) {
    this.#tokens = tokens;
    this.#ids = ids;
  }

  comparison(): Term {
    const left = this.#sum();
    const operator = this.#tokens.acceptOneOf(COMPARISONS);
    return operator === undefined ? left : this.#joined(operator, left, this.#sum());
  }

  #sum(): Term {
    let term = this.#product();
    for (;;) {
      const operator = this.#tokens.acceptOneOf(['+', '-']);
      if (operator === undefined) return term;
      term = this.#joined(operator, term, this.#product());
    }
  }

  #product(): Term {
    let term = this.#signed();
    for (;;) {
      const operator = this.#tokens.acceptOneOf(['*', '/']);
      if (operator === undefined) return term;
      term = this.#joined(operator, term, this.#signed());
    }
  }

  #signed(): Term {
    if (!this.#tokens.accept('-')) return this.#primary();
    return this.#joined('*', () => ({ kind: 'number', value: -1 }), this.#signed());
  }

  #primary(): Term {
    const token = this.#tokens.take();
    if (token === '(') return this.#until(')', this.comparison());
    if (token === '[') return this.#list();
    if (NUMBER.test(token)) return () => ({ kind: 'number', value: Number(token) });
    if (this.#tokens.accept('(')) return this.#until(')', this.#call(token));
    if (!ID.test(token)) return this.#tokens.refuse(`"${token}" is not supported`);
    this.#ids.add(token);
    return (seriesOf) => ({ kind: 'series', series: seriesOf(token) });
  }

  #call(name: string): Term {
    if (name === 'IF') return this.#if();
    if (name === 'FILL') return this.#fill();
    if (!isAggregation(name)) return this.#tokens.refuse(`the function ${name} is not supported`);
    const value = this.comparison();
    return (seriesOf) => aggregate(name, value(seriesOf), this.#refuse);
  }

  #if(): Term {
    const condition = this.comparison();
    this.#tokens.expect(',');
    const whenTrue = this.comparison();
    const whenFalse = this.#tokens.accept(',') ? this.comparison() : undefined;
    return (seriesOf) => choose(condition(seriesOf), whenTrue(seriesOf), whenFalse?.(seriesOf), this.#refuse);
  }

  #fill(): Term {
    const value = this.comparison();
    this.#tokens.expect(',');
    const filler = this.#tokens.accept('REPEAT') ? undefined : this.comparison();
    return (seriesOf) => fill(value(seriesOf), filler?.(seriesOf) ?? 'REPEAT', this.#refuse);
  }

  #list(): Term {
    const terms = [this.comparison()];
    while (this.#tokens.accept(',')) terms.push(this.comparison());
    this.#tokens.expect(']');
    return (seriesOf) => {
      const list = terms.map((term) => {
        const value = term(seriesOf);
        return value.kind === 'series'
          ? value.series
          : this.#tokens.refuse('an array of anything but time series is not supported');
      });
      return { kind: 'list', list };
    };
  }

  #joined(operator: Operator, left: Term, right: Term): Term {
    return (seriesOf) => operate(operator, left(seriesOf), right(seriesOf), this.#refuse);
  }

  #until(end: string, term: Term): Term {
    this.#tokens.expect(end);
    return term;
  }

  readonly #refuse = (why: string): never => this.#tokens.refuse(why);
}

function isAggregation(name: string): name is Aggregation {
  return Object.hasOwn(AGGREGATIONS, name);
}
