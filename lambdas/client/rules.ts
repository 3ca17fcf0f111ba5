import { describeGiven } from '../core/describe-given.ts';
import { isGeneration } from '../core/secrets/access-token.ts';
import { ZohoClientError, type ZohoClientErrorCode } from './zoho-client-error.ts';

/** What a value must be, and whether it is. */
export type Rule = readonly [what: string, isMet: (value: unknown) => boolean];

/** Throws `invalid_argument` with the name of the value, what it must be, and what it is. */
export function checkArgument(name: string, rule: Rule, value: unknown): void {
  check('invalid_argument', name, rule, value);
}

/** The same with `invalid_options`. */
export function checkOption(name: string, rule: Rule, value: unknown): void {
  check('invalid_options', name, rule, value);
}

function check(code: ZohoClientErrorCode, name: string, [what, isMet]: Rule, value: unknown): void {
  if (isMet(value)) return;
  const given = typeof value === 'number' ? value : describeGiven(value);
  throw new ZohoClientError(code, `${name} must be ${what}, is ${given}.`);
}

/** `setTimeout` fires at once for more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const TIMEOUT: Rule = [
  `milliseconds above 0 and at most ${MAX_TIMEOUT_MS}`,
  (value) => typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_MS,
];
export const OBJECT: Rule = ['an object', (value) => typeof value === 'object' && value !== null];
export const GENERATION: Rule = ['the generation of a token', isGeneration];

/** An object with these methods. */
export function withMethods(what: string, ...names: string[]): Rule {
  return [
    what,
    (value) => names.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function'),
  ];
}
