import type * as z from 'zod';
import { appSettingsSchema } from '../../infra/settings/app-settings.ts';
import { consentSchema } from '../../infra/settings/consent-settings.ts';
import { type Documentation, documentation } from '../../infra/settings/documentation.ts';
import { connectionSchema, followSchema } from '../../infra/settings/nested-settings.ts';
import { settingsSchema } from '../../infra/settings/settings.ts';

const START = '<!-- settings: written by `npm run docs` -->';
const END = '<!-- end of settings -->';

/** docs/configuration.md with an up-to-date table of settings between its two markers. */
export function renderSettings(text: string): string {
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start === -1 || end < start)
    throw new Error(`docs/configuration.md needs the lines ${START} and ${END}.`);
  const table = ['| key | default | meaning |', '|---|---|---|', ...rowsOf(appSettingsSchema.shape)];
  return `${text.slice(0, start)}${START}\n\n${table.join('\n')}\n\n${text.slice(end)}`;
}

/** Written so that this file does not seem to import what it writes. */
const CORE = '../lambdas/core';
const HERE = '.';

/** `infra/token-refresher-props.ts`: the properties of the construct with their docstrings. */
export function renderProps(): string {
  return `// Written by \`npm run docs\` from infra/settings/settings.ts: change the settings there.
import type { ConnectionState } from '${CORE}/connection/state-change.ts';
import type { ZohoConnectionOptions, ZohoFollowOptions } from '${HERE}/connection-options.ts';
import type { ZohoConsentOptions } from '${HERE}/consent/consent-options.ts';
import type { ExistingResources } from '${HERE}/existing-resources.ts';

/** Options of {@link ZohoTokenRefresher}: the settings, and resources of your own. */
export interface ZohoTokenRefresherProps extends ZohoTokenRefresherSettings, ExistingResources {}

/** The settings, the same as in the context key \`zohoTokenRefresher\` of \`cdk.json\` and in a configuration file. */
export interface ZohoTokenRefresherSettings {
${propertiesOf(settingsSchema.shape)}
}
`;
}

/** `infra/connection-options.ts`: the same for the settings `connections` and `follow`. */
export function renderConnectionOptions(): string {
  return `// Written by \`npm run docs\` from infra/settings/nested-settings.ts: change the settings there.
import type { DataCenterLocation } from '${CORE}/zoho/data-centers.ts';

/** Options of one connection. */
export interface ZohoConnectionOptions {
${propertiesOf(connectionSchema.shape)}
}

/** The old deployment of a move to another prefix. */
export interface ZohoFollowOptions {
${propertiesOf(followSchema.shape)}
}
`;
}

/** `infra/consent/consent-options.ts`: the same for the setting `consent`. */
export function renderConsentOptions(): string {
  return `// Written by \`npm run docs\` from infra/settings/consent-settings.ts: change the settings there.

/** The pages for invites. */
export interface ZohoConsentOptions {
${propertiesOf(consentSchema.shape)}
}
`;
}

type Shape = Readonly<Record<string, z.ZodType>>;

interface DocumentedSetting extends Documentation {
  readonly name: string;
  readonly isRequired: boolean;
  /** Undefined when there is none, or no single value. */
  readonly default: unknown;
}

function settingsOf(shape: Shape): DocumentedSetting[] {
  return Object.entries(shape).map(([name, schema]) => {
    const found = documentation.get(schema);
    if (found === undefined) throw new Error(`The setting ${name} has no documentation.`);
    const { success, data } = schema.safeParse(undefined);
    return { ...found, name, isRequired: !success, default: data };
  });
}

function rowsOf(shape: Shape, prefix = ''): string[] {
  return settingsOf(shape).flatMap((setting) => {
    const { name, isRequired, description, defaultText = 'none' } = setting;
    const values = defaultsOf(setting)?.map((value) => `\`${value}\``);
    const shown = isRequired ? 'required' : (values?.join(', ') ?? defaultText);
    const row = `| \`${prefix}${name}\` | ${shown} | ${description} |`;
    if (name === 'connections') return [row, ...rowsOf(connectionSchema.shape, 'connections.NAME.')];
    return name === 'consent' ? [row, ...rowsOf(consentSchema.shape, 'consent.')] : [row];
  });
}

function propertiesOf(shape: Shape): string {
  return settingsOf(shape).map(propertyOf).join('\n');
}

function propertyOf(setting: DocumentedSetting): string {
  const { name, type, isRequired, description, details, defaultText } = setting;
  const value = defaultsOf(setting) === undefined ? `- ${defaultText ?? 'none'}` : literalOf(setting.default);
  const lines = [
    ...wrap([description, details].filter(Boolean).join(' ')),
    ...(isRequired ? [] : ['', `@default ${value}`]),
  ];
  const docstring = lines.map((line) => `   * ${line}`.trimEnd()).join('\n');
  return `  /**\n${docstring}\n   */\n  readonly ${name}${isRequired ? '' : '?'}: ${type};`;
}

/** The default as one or more values; undefined when it is described in words. */
function defaultsOf({ defaultText, default: value }: DocumentedSetting): unknown[] | undefined {
  const values = Array.isArray(value) ? value : [value];
  const isPlain = values.every((each) => ['string', 'number', 'boolean'].includes(typeof each));
  return defaultText === undefined && isPlain && values.length > 0 ? values : undefined;
}

/** `'zoho'`, `300` or `['blocked', 'recovered']`. */
function literalOf(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', "'").replaceAll(',', ', ');
}

/** Lines of at most 110 characters. */
function wrap(text: string): string[] {
  return text.match(/\S(?:.{0,109})(?=\s|$)/g) ?? [];
}
