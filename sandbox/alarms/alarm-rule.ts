import type { AlarmState } from '../aws/alarm-store.ts';
import { Tokens } from './tokens.ts';

/** The parsed rule of a composite alarm. */
export interface AlarmRule {
  readonly text: string;
  /** The names of the alarms that it refers to. */
  readonly alarms: ReadonlySet<string>;
  /** Whether the composite alarm is in ALARM. */
  holds(stateOf: (alarm: string) => AlarmState): boolean;
}

const TOKEN = /"[^"]*"|[(),]|[^\s"(),]+|\S/g;
const STATES = ['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const satisfies readonly AlarmState[];
const ADVICE =
  'Supported are ALARM("name"), OK("name"), INSUFFICIENT_DATA("name"), TRUE, FALSE, AND, OR, NOT and parentheses.';

/**
 * Reads the rule of a composite alarm: alarms by name or ARN, in quotes or not (CloudWatch User Guide, "Create a composite
 * alarm", section "Rule expressions"). Which of AND and OR binds more tightly is not documented: a rule that mixes them
 * without parentheses is refused.
 */
export function parseAlarmRule(text: string): AlarmRule {
  const tokens = new Tokens({ text, pattern: TOKEN, what: 'The rule', advice: ADVICE });
  const alarms = new Set<string>();
  const holds = new RuleParser(tokens, alarms).rule();
  tokens.expectEnd();
  return { text, alarms, holds };
}

type Condition = AlarmRule['holds'];

class RuleParser {
  readonly #tokens: Tokens;
  readonly #alarms: Set<string>;

  constructor(tokens: Tokens, alarms: Set<string>) {
    this.#tokens = tokens;
    this.#alarms = alarms;
  }

  rule(): Condition {
    const conditions = [this.#condition()];
    const operator = this.#tokens.peek();
    if (operator !== 'AND' && operator !== 'OR')
      return (stateOf) => conditions.every((each) => each(stateOf));
    while (this.#tokens.accept(operator)) conditions.push(this.#condition());
    const next = this.#tokens.peek();
    if (next === 'AND' || next === 'OR') this.#tokens.refuse('AND and OR are mixed without parentheses');
    return operator === 'AND'
      ? (stateOf) => conditions.every((each) => each(stateOf))
      : (stateOf) => conditions.some((each) => each(stateOf));
  }

  #condition(): Condition {
    if (this.#tokens.accept('NOT')) {
      const condition = this.#condition();
      return (stateOf) => !condition(stateOf);
    }
    if (this.#tokens.accept('TRUE')) return () => true;
    if (this.#tokens.accept('FALSE')) return () => false;
    if (this.#tokens.accept('(')) {
      const rule = this.rule();
      this.#tokens.expect(')');
      return rule;
    }
    const state = this.#tokens.acceptOneOf(STATES);
    if (state === undefined) return this.#tokens.refuse(`"${this.#tokens.take()}" is not supported there`);
    const alarm = this.#alarm();
    return (stateOf) => stateOf(alarm) === state;
  }

  #alarm(): string {
    this.#tokens.expect('(');
    const reference = this.#tokens.take();
    if (reference === ')') this.#tokens.refuse('it names no alarm');
    this.#tokens.expect(')');
    const alarm = nameOf(reference.replace(/^"(.*)"$/s, '$1'));
    this.#alarms.add(alarm);
    return alarm;
  }
}

function nameOf(nameOrArn: string): string {
  const [, name] = nameOrArn.match(/^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:(.+)$/s) ?? [];
  return name ?? nameOrArn;
}
