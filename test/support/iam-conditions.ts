import { show } from '../infra/policy-statements.ts';

/** What a request says of itself: a text, or the texts of a key with more than one value. A key that it does not have is left out. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** What a request to KMS says of its encryption context: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html */
export function encryptionKeys(encryption: Readonly<Record<string, string>>): RequestContext {
  const named = Object.entries(encryption).map(([key, value]) => [`kms:EncryptionContext:${key}`, value]);
  return { ...Object.fromEntries(named), 'kms:EncryptionContextKeys': Object.keys(encryption) };
}

type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Operator {
  /** Whether it holds for one key. */
  holds(expected: readonly string[], actual: string | readonly string[] | undefined): boolean;
  /** In words, after the key. */
  say(expected: readonly string[]): string;
}

/**
 * The operators of the project's policies, as IAM evaluates them
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html). `ForAllValues` also holds
 * for a key that the request does not have.
 */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: {
    holds: (expected, actual) => typeof actual === 'string' && expected.includes(actual),
    say: (expected) => `is ${expected.map(quote).join(' or ')}`,
  },
  StringLike: {
    holds: (expected, actual) =>
      typeof actual === 'string' && expected.some((pattern) => matchesPattern(pattern, actual)),
    say: (expected) => `is like ${expected.map(quote).join(' or ')}`,
  },
  'ForAllValues:StringEquals': {
    holds: (expected, actual = []) => [actual].flat().every((value) => expected.includes(value)),
    say: (expected) => `are only ${expected.map(quote).join(', ')}`,
  },
  Null: {
    holds: ([expected], actual) => (actual === undefined) === (expected === 'true'),
    say: ([expected]) => (expected === 'true' ? 'is not given' : 'is given'),
  },
  BoolIfExists: {
    holds: ([expected], actual) => actual === undefined || actual === expected,
    say: ([expected]) => `is not ${expected === 'true' ? 'false' : 'true'}`,
  },
};

/** Whether the condition of a statement holds for a request. Throws for an operator that no policy of the project has. */
export function conditionHolds(condition: unknown, context: RequestContext): boolean {
  return keysOf(condition).every(({ operator, key, expected }) => operator.holds(expected, context[key]));
}

/** Each part of a condition in words. `name`: what a value stands for, in place of itself. */
export function describeCondition(condition: unknown, name: (value: string) => string | undefined): string[] {
  return keysOf(condition).map(({ operator, key, expected }) => {
    const said = operator.say(expected);
    return `\`${key}\` ${expected.reduce((text, value) => text.replace(quote(value), name(value) ?? quote(value)), said)}`;
  });
}

/** Whether IAM's pattern, in which `*` and `?` are wildcards, matches a text. */
export function matchesPattern(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`).test(text);
}

function keysOf(condition: unknown) {
  return Object.entries((condition ?? {}) as Condition).flatMap(([name, keys]) => {
    const operator = OPERATORS[name];
    if (operator === undefined) throw new Error(`Conditions with ${name} are not supported here.`);
    return Object.entries(keys).map(([key, values]) => ({
      operator,
      key,
      expected: [values].flat().map(show),
    }));
  });
}

function quote(value: string): string {
  return `\`${value}\``;
}
