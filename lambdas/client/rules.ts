import { describeGiven } from '../core/describe-given.ts';
import { ZohoClientError, type ZohoClientErrorCode } from './zoho-client-error.ts';

/** What a value must be, and whether it is. */
export type Rule = readonly [what: string, isMet: (value: unknown) => boolean];

/** Checks the value of this name: throws with the name, what it must be, and what it is. */
const checkWith =
  (code: ZohoClientErrorCode) =>
  (name: string, [what, isMet]: Rule, value: unknown): void => {
    if (isMet(value)) return;
    const given = typeof value === 'number' ? value : describeGiven(value);
    throw new ZohoClientError(code, `${name} must be ${what}, is ${given}.`);
  };

export const checkArgument = checkWith('invalid_argument');
export const checkOption = checkWith('invalid_options');

/** `setTimeout` fires at once for more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const TIMEOUT: Rule = [
  `milliseconds above 0 and at most ${MAX_TIMEOUT_MS}`,
  (value) => typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_MS,
];
export const OBJECT: Rule = ['an object', (value) => typeof value === 'object' && value !== null];

/** An object with these methods. */
export const withMethods = (what: string, ...names: string[]): Rule => [
  what,
  (value) => names.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function'),
];
