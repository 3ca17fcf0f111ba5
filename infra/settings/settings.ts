import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import * as z from 'zod';
import {
  CONNECTION_NAME_PATTERN,
  DEFAULT_SECRET_PREFIX,
  SECRET_PREFIX_PATTERN,
} from '../../lambdas/core/connection/connection-name.ts';
import { CONNECTION_STATES, type ConnectionState } from '../../lambdas/core/connection/state-change.ts';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { DEFAULT_CONFIG, DEFAULT_KNOBS, KNOB_BOUNDS } from '../../lambdas/refresher/config.ts';
import type { ZohoClientType } from '../token-refresher-props.ts';
import { crossFaults } from './cross-checks.ts';
import {
  describeFault,
  describeUnknownKey,
  type Expectation,
  InvalidSettingsError,
  showPath,
} from './problems.ts';

/** The context key of `cdk.json` that holds the configuration. */
export const SETTINGS_CONTEXT_KEY = 'zohoTokenRefresher';

/** Where alarms find their runbooks when nothing else is configured. */
export const DEFAULT_RUNBOOK_BASE_URL =
  'https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs/runbooks';

/** The configuration, checked, with every default filled in. */
export type Settings = Readonly<z.output<typeof settingsSchema>>;

/** One connection of the configuration, checked, with every default filled in. */
export type ConnectionSettings = Readonly<z.output<typeof connectionSchema>>;

/** Checks the options of the construct. Throws {@link InvalidSettingsError} with all faults listed. */
export function parseSettings(options: unknown): Settings {
  const checked = checkSettings(options);
  if ('faults' in checked) throw new InvalidSettingsError(checked.faults);
  return checked.settings;
}

/** The settings, or every fault of them. */
export function checkSettings(options: unknown): { settings: Settings } | { faults: string[] } {
  const parsed = settingsSchema.safeParse(options);
  const faults = [
    ...(parsed.error?.issues ?? []).flatMap(describeIssue),
    ...unseenFaults(options),
    ...crossFaults(validParts(options)),
  ];
  return parsed.success && faults.length === 0 ? { settings: parsed.data } : { faults };
}

const KNOB_NAMES = Object.keys(KNOB_BOUNDS) as (keyof typeof KNOB_BOUNDS)[];
const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);
const REGIONS = RegionInfo.regions.map((region) => region.name);
const CLIENT_TYPES: readonly ZohoClientType[] = ['server-based', 'self-client'];

const connectionName = z.string().regex(CONNECTION_NAME_PATTERN);

const connectionSchema = z.strictObject(
  {
    dataCenter: oneOf<DataCenterLocation>(DATA_CENTER_LOCATIONS, 'a data center of Zoho'),
    scopes: listOf(isScope, {
      allowed: 'at least one OAuth scope, each an item of its own, e.g. ["ZohoCRM.modules.READ"]',
      item: { what: 'an OAuth scope', allowed: 'one scope per item, without spaces and commas' },
      minItems: 1,
    }),
    clientType: oneOf<ZohoClientType>(CLIENT_TYPES, 'a client type').default('server-based'),
    replicaRegions: listOf((region) => REGIONS.includes(region), {
      allowed: 'a list of AWS regions',
      item: { what: 'an AWS region', allowed: 'a region such as eu-central-1', candidates: REGIONS },
    }).default([]),
  },
  { error: expecting({ what: 'a connection', allowed: 'an object with dataCenter and scopes' }) },
);

const settingsSchema = z.strictObject(
  {
    secretPrefix: text((prefix) => SECRET_PREFIX_PATTERN.test(prefix) && prefix.length <= 128, {
      what: 'a prefix of secret names',
      allowed: 'letters, digits and _+=.@- in parts separated by single slashes, at most 128 characters',
    }).default(DEFAULT_SECRET_PREFIX),
    alarmEmails: emails(),
    pageEmails: emails(),
    ticketEmails: emails(),
    connections: z
      .record(connectionName, connectionSchema, {
        error: (issue) =>
          issue.code === 'invalid_key' ? invalidName(issue.input) : invalidConnections(issue.input),
      })
      .default({}),
    ...knobs(),
    logRetentionDays: z
      .custom<RetentionDays>((days) => RETENTION_DAYS.includes(days as RetentionDays), {
        error: expecting({ what: 'a retention of CloudWatch Logs', allowed: RETENTION_DAYS.join(', ') }),
      })
      .default(RetentionDays.ONE_MONTH),
    unauthorizedRatePercent: numberFrom(0.01, 100).default(0.5),
    unauthorizedMinimumCount: wholeNumberFrom(1, 1000).default(3),
    runbookBaseUrl: text((url) => /^https:\/\/\S+$/.test(url) && URL.canParse(url) && url.length <= 300, {
      what: 'the address of a folder of runbooks',
      allowed: 'an https URL of at most 300 characters',
    })
      .transform((url) => url.replace(/\/+$/, ''))
      .default(DEFAULT_RUNBOOK_BASE_URL),
    stateChangeEvents: listOf<ConnectionState>((state) => isOneOf(CONNECTION_STATES, state), {
      allowed: `a list of state changes: ${CONNECTION_STATES.join(', ')}; an empty one for none`,
      item: {
        what: 'a state change',
        allowed: CONNECTION_STATES.join(', '),
        candidates: CONNECTION_STATES,
      },
    }).default(DEFAULT_CONFIG.stateChangeEvents),
    exampleConsumer: text((name) => CONNECTION_NAME_PATTERN.test(name), {
      what: 'a connection name',
      allowed: 'the name of a declared connection',
    }).optional(),
  },
  { error: expecting({ what: 'a configuration', allowed: 'an object' }) },
);

/** Zod passes over this one key of a record without a word. */
function unseenFaults(options: unknown): string[] {
  const { connections } = Object(options) as { readonly connections?: unknown };
  const isThere = Object.hasOwn(Object(connections), '__proto__');
  return isThere ? [`${showPath(['connections', '__proto__'])}: ${invalidName('__proto__')}`] : [];
}

/** The settings that are valid by themselves, whatever is wrong with the others. */
function validParts(options: unknown): Partial<Settings> {
  const given = Object(options) as Record<string, unknown>;
  const parts = Object.entries(settingsSchema.shape).map(
    ([key, schema]) => [key, schema.safeParse(given[key])] as const,
  );
  return Object.fromEntries(parts.flatMap(([key, part]) => (part.success ? [[key, part.data]] : [])));
}

function expecting(expectation: Expectation) {
  return (issue: { readonly input?: unknown }) => describeFault(issue.input, expectation);
}

function text(isAllowed: (value: string) => boolean, expectation: Expectation) {
  return z.custom<string>((value) => typeof value === 'string' && isAllowed(value), {
    error: expecting(expectation),
  });
}

function oneOf<Name extends string>(names: readonly Name[], what: string) {
  const error = expecting({ what, allowed: names.join(', '), candidates: names });
  return z.custom<Name>((value) => names.includes(value as Name), { error });
}

function knobs() {
  return Object.fromEntries(KNOB_NAMES.map((name) => [name, knob(name)])) as Record<
    (typeof KNOB_NAMES)[number],
    ReturnType<typeof knob>
  >;
}

function knob(name: keyof typeof KNOB_BOUNDS) {
  const { min, max } = KNOB_BOUNDS[name];
  return wholeNumberFrom(min, max).default(DEFAULT_KNOBS[name]);
}

function wholeNumberFrom(min: number, max: number) {
  const error = expecting({ allowed: `a whole number from ${min} to ${max}` });
  return z.custom<number>((value) => Number.isInteger(value) && isWithin(value, min, max), { error });
}

function numberFrom(min: number, max: number) {
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

/** A list in which nothing stands twice. Reports each faulty item, and all of them. */
function listOf<Item extends string>(
  isAllowed: (item: string) => boolean,
  { allowed, item, minItems = 0 }: ListExpectation,
) {
  const reportFaults = (value: unknown, context: z.RefinementCtx) => {
    const report = (message: string, ...path: number[]) =>
      context.addIssue({ code: 'custom', message, path });
    if (!Array.isArray(value) || value.length < minItems) return report(describeFault(value, { allowed }));
    for (const [index, entry] of value.entries()) {
      if (typeof entry !== 'string' || !isAllowed(entry)) report(describeFault(entry ?? null, item), index);
      else if (value.indexOf(entry) < index)
        report(`${JSON.stringify(entry)} is listed twice. Allowed: once.`, index);
    }
  };
  return z.custom<readonly Item[]>().superRefine(reportFaults);
}

function emails() {
  return listOf((address) => z.email().safeParse(address).success, {
    allowed: 'a list of e-mail addresses',
    item: { what: 'an e-mail address', allowed: 'an address such as on-call@example.com' },
  }).default([]);
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function isScope(scope: string): boolean {
  return /^[^\s,]{1,200}$/.test(scope);
}

function invalidName(name: unknown): string {
  const allowed = 'letters, digits, - and _, starting with a letter or digit, at most 64 characters';
  return describeFault(name, { what: 'a connection name', allowed });
}

function invalidConnections(value: unknown): string {
  return describeFault(value, { allowed: 'an object of connections by name' });
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys')
    return [[showPath(issue.path), issue.message].filter(Boolean).join(': ')];
  const { shape } = issue.path.length === 0 ? settingsSchema : connectionSchema;
  const allowed = Object.keys(shape);
  return issue.keys.map((key) => `${showPath([...issue.path, key])}: ${describeUnknownKey(key, allowed)}`);
}
