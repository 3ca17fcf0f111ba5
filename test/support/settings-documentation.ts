import type * as z from 'zod';
import {
  connectionSchema,
  type Documentation,
  documentation,
  settingsSchema,
} from '../../infra/settings/settings.ts';

const START = '<!-- settings: written by `npm run docs` -->';
const END = '<!-- end of settings -->';

/** README with an up-to-date table of settings between its two markers. */
export function renderReadme(readme: string): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start === -1 || end < start) throw new Error(`README needs the lines ${START} and ${END}.`);
  const table = ['| key | default | meaning |', '|---|---|---|', ...rowsOf(settingsSchema.shape)];
  return `${readme.slice(0, start)}${START}\n\n${table.join('\n')}\n\n${readme.slice(end)}`;
}

const CORE = '../lambdas/core';

/** `infra/token-refresher-props.ts`: the properties of the construct with their docstrings. */
export function renderProps(): string {
  return `// Written by \`npm run docs\` from infra/settings/settings.ts: change the settings there.
import type { ConnectionState } from '${CORE}/connection/state-change.ts';
import type { DataCenterLocation } from '${CORE}/zoho/data-centers.ts';

/** Options of {@link ZohoTokenRefresher}, the same as the context key \`zohoTokenRefresher\` of \`cdk.json\`. */
export interface ZohoTokenRefresherProps {
${propertiesOf(settingsSchema.shape)}
}

/** Options of one connection. */
export interface ZohoConnectionOptions {
${propertiesOf(connectionSchema.shape)}
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
    return name === 'connections' ? [row, ...rowsOf(connectionSchema.shape, 'connections.NAME.')] : [row];
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
  const isPlain = values.every((each) => typeof each === 'string' || typeof each === 'number');
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
