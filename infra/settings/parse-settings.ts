import type * as z from 'zod';
import { CONNECTION_NAME_PATTERN } from '../../lambdas/core/connection/connection-name.ts';
import { consentSchema } from './consent-settings.ts';
import { crossProblems } from './cross-checks.ts';
import { connectionSchema, describeInvalidName, followSchema } from './nested-settings.ts';
import { describeUnknownKey, InvalidSettingsError, showPath } from './problems.ts';
import { type Settings, settingsSchema } from './settings.ts';

/**
 * Checks the options of the construct. Throws {@link InvalidSettingsError} with every problem, whose stack begins where `calledBy`
 * was called: the line of the user comes first.
 */
export function parseSettings(
  options: unknown,
  calledBy: CallableFunction | NewableFunction = parseSettings,
): Settings {
  const checked = checkSettings(options, settingsSchema);
  if (!('problems' in checked)) return checked.settings;
  const error = new InvalidSettingsError(checked.problems);
  Error.captureStackTrace(error, calledBy);
  throw error;
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
    ...problemsUnseenByZod(options, schema),
    ...crossProblems(validParts(options, schema)),
  ];
  return parsed.success && problems.length === 0 ? { settings: parsed.data } : { problems };
}

/** Zod ignores the key `__proto__` of a record, and what a connection with an invalid name contains. */
function problemsUnseenByZod(options: unknown, schema: Described): string[] {
  const { connections } = Object(options) as { readonly connections?: unknown };
  const misnamed = Object.entries(Object(connections) as object).filter(
    ([name]) => !CONNECTION_NAME_PATTERN.test(name),
  );
  return misnamed.flatMap(([name, settings]) => {
    const { issues = [] } = connectionSchema.safeParse(settings).error ?? {};
    return [
      ...(name === '__proto__' ? [`${showPath(['connections', name])}: ${describeInvalidName(name)}`] : []),
      ...issues.flatMap((issue) =>
        describeIssue({ ...issue, path: ['connections', name, ...issue.path] }, schema),
      ),
    ];
  });
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

/** A schema of an object, whose keys are known. */
interface Described {
  readonly shape: Readonly<Record<string, z.ZodType>>;
}

const NESTED: Readonly<Record<string, Described>> = {
  follow: followSchema,
  consent: consentSchema,
};

function describeIssue(issue: z.core.$ZodIssue, schema: Described): string[] {
  if (issue.code !== 'unrecognized_keys')
    return [[showPath(issue.path), issue.message].filter(Boolean).join(': ')];
  const [key] = issue.path;
  const { shape } = key === undefined ? schema : (NESTED[String(key)] ?? connectionSchema);
  const allowed = Object.keys(shape);
  return issue.keys.map((name) => `${showPath([...issue.path, name])}: ${describeUnknownKey(name, allowed)}`);
}
