import * as z from 'zod';
import { describeProblem, type Expectation } from './problems.ts';

/** Reports a value that is not what a setting expects: what is wrong, what was given, what is allowed. */
export function expecting(expectation: Expectation) {
  return (issue: { readonly input?: unknown }) => describeProblem(issue.input, expectation);
}

export function text(isAllowed: (value: string) => boolean, expectation: Expectation) {
  return z.custom<string>((value) => typeof value === 'string' && isAllowed(value), {
    error: expecting(expectation),
  });
}

export function oneOf<Name extends string>(
  names: readonly Name[],
  what: string,
  synonyms?: ReadonlyMap<string, Name>,
) {
  const error = expecting({
    what,
    allowed: names.join(', '),
    candidates: names,
    ...(synonyms && { synonyms }),
  });
  return z.custom<Name>((value) => names.includes(value as Name), { error });
}

export function oneOfNumbers<Value extends number>(numbers: readonly Value[]) {
  const error = expecting({ allowed: numbers.join(', ') });
  return z.custom<Value>((value) => numbers.includes(value as Value), { error });
}

export function trueOrFalse() {
  return z.custom<boolean>((value) => typeof value === 'boolean', {
    error: expecting({ allowed: 'true or false' }),
  });
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

export function wholeNumber({ min, max }: Range) {
  const error = expecting({ allowed: `a whole number from ${min} to ${max}` });
  return z.custom<number>((value) => Number.isInteger(value) && isWithin(value, min, max), { error });
}

export function anyNumber({ min, max }: Range) {
  const error = expecting({ allowed: `a number from ${min} to ${max}` });
  return z.custom<number>((value) => isWithin(value, min, max), { error });
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}

interface ListExpectation {
  readonly allowed: string;
  readonly item: Expectation;
  readonly minItems?: number;
}

/** A list without duplicates. Reports every invalid item. */
export function listOf<Item extends string>(
  isAllowed: (item: string) => boolean,
  { allowed, item, minItems = 0 }: ListExpectation,
) {
  const reportProblems = (value: unknown, context: z.RefinementCtx) => {
    const report = (message: string, ...path: number[]) =>
      context.addIssue({ code: 'custom', message, path });
    if (!Array.isArray(value) || value.length < minItems) return report(describeProblem(value, { allowed }));
    for (const [index, entry] of value.entries()) {
      if (typeof entry !== 'string' || !isAllowed(entry)) report(describeProblem(entry ?? null, item), index);
      else if (value.indexOf(entry) < index)
        report(`${JSON.stringify(entry)} is listed twice. Allowed: once.`, index);
    }
  };
  return z.custom<readonly Item[]>().superRefine(reportProblems);
}

export function emails() {
  return listOf<string>((address) => z.email().safeParse(address).success, {
    allowed: 'a list of e-mail addresses',
    item: { what: 'an e-mail address', allowed: 'an address such as on-call@example.com' },
  });
}
