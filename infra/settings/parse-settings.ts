import type * as z from 'zod';
import { crossProblems } from './cross-checks.ts';
import { describeUnknownKey, InvalidSettingsError, showPath } from './problems.ts';
import { connectionSchema, describeInvalidName, type Settings, settingsSchema } from './settings.ts';

/** Checks the options of the construct. Throws {@link InvalidSettingsError} with every problem. */
export function parseSettings(options: unknown): Settings {
  const checked = checkSettings(options);
  if ('problems' in checked) throw new InvalidSettingsError(checked.problems);
  return checked.settings;
}

/** The settings, or every problem with them. */
export function checkSettings(options: unknown): { settings: Settings } | { problems: string[] } {
  const parsed = settingsSchema.safeParse(options);
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap(describeIssue),
    ...problemsUnseenByZod(options),
    ...crossProblems(validParts(options)),
  ];
  return parsed.success && problems.length === 0 ? { settings: parsed.data } : { problems };
}

/** Zod ignores the key `__proto__` of a record. */
function problemsUnseenByZod(options: unknown): string[] {
  const { connections } = Object(options) as { readonly connections?: unknown };
  if (!Object.hasOwn(Object(connections), '__proto__')) return [];
  return [`${showPath(['connections', '__proto__'])}: ${describeInvalidName('__proto__')}`];
}

/** The settings that are valid by themselves, whatever is wrong with the others. */
function validParts(options: unknown): Partial<Settings> {
  const given = Object(options) as Record<string, unknown>;
  const parts = Object.entries(settingsSchema.shape).map(
    ([key, schema]) => [key, schema.safeParse(given[key])] as const,
  );
  return Object.fromEntries(parts.flatMap(([key, part]) => (part.success ? [[key, part.data]] : [])));
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys')
    return [[showPath(issue.path), issue.message].filter(Boolean).join(': ')];
  const { shape } = issue.path.length === 0 ? settingsSchema : connectionSchema;
  const allowed = Object.keys(shape);
  return issue.keys.map((key) => `${showPath([...issue.path, key])}: ${describeUnknownKey(key, allowed)}`);
}
