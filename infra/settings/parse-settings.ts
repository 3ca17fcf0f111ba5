import type * as z from 'zod';
import { consentSchema } from './consent-settings.ts';
import { crossProblems } from './cross-checks.ts';
import { connectionSchema, describeInvalidName, followSchema } from './nested-settings.ts';
import { describeUnknownKey, InvalidSettingsError, showPath } from './problems.ts';
import { type Settings, settingsSchema } from './settings.ts';

/** Checks the options of the construct. Throws {@link InvalidSettingsError} with every problem. */
export function parseSettings(options: unknown): Settings {
  const checked = checkSettings(options, settingsSchema);
  if ('problems' in checked) throw new InvalidSettingsError(checked.problems);
  return checked.settings;
}

/** A schema with at least the settings of the construct. */
interface SettingsSchema<Checked extends Settings> extends z.ZodType<Checked> {
  readonly shape: Readonly<Record<string, z.ZodType>>;
}

/** The settings, or every problem with them. */
export function checkSettings<Checked extends Settings>(
  options: unknown,
  schema: SettingsSchema<Checked>,
): { settings: Checked } | { problems: string[] } {
  const parsed = schema.safeParse(options);
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => describeIssue(issue, schema)),
    ...problemsUnseenByZod(options),
    ...crossProblems(validParts(options, schema)),
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
function validParts<Checked extends Settings>(
  options: unknown,
  { shape }: SettingsSchema<Checked>,
): Partial<Checked> {
  const given = Object(options) as Record<string, unknown>;
  const parts = Object.entries(shape).map(([key, schema]) => [key, schema.safeParse(given[key])] as const);
  const valid = parts.flatMap(([key, part]) => (part.success ? [[key, part.data]] : []));
  return Object.fromEntries(valid) as Partial<Checked>;
}

const NESTED: Readonly<Record<string, { readonly shape: Readonly<Record<string, z.ZodType>> }>> = {
  follow: followSchema,
  consent: consentSchema,
};

function describeIssue(
  issue: z.core.$ZodIssue,
  schema: { readonly shape: Readonly<Record<string, z.ZodType>> },
): string[] {
  if (issue.code !== 'unrecognized_keys')
    return [[showPath(issue.path), issue.message].filter(Boolean).join(': ')];
  const [key] = issue.path;
  const { shape } = key === undefined ? schema : (NESTED[String(key)] ?? connectionSchema);
  const allowed = Object.keys(shape);
  return issue.keys.map((name) => `${showPath([...issue.path, name])}: ${describeUnknownKey(name, allowed)}`);
}
