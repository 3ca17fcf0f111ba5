import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import type { ZohoConnectionOptions, ZohoFollowOptions } from '../../infra/connection-options.ts';
import type { ZohoConsentOptions } from '../../infra/consent/consent-options.ts';
import type { consentSchema } from '../../infra/settings/consent-settings.ts';
import type { connectionSchema, followSchema } from '../../infra/settings/nested-settings.ts';
import type { settingsSchema } from '../../infra/settings/settings.ts';
import type { ZohoTokenRefresherSettings } from '../../infra/token-refresher-props.ts';
import {
  renderConnectionOptions,
  renderConsentOptions,
  renderProps,
  renderSettings,
} from '../support/settings-documentation.ts';

const root = new URL('../../', import.meta.url);

describe('the documentation of the settings', () => {
  test('in docs/configuration.md is what `npm run docs` writes', () => {
    const text = readFileSync(new URL('docs/configuration.md', root), 'utf8');

    expect(text).toBe(renderSettings(text));
  });

  test('at the properties of the construct is what `npm run docs` writes', () => {
    expect(readFileSync(new URL('infra/token-refresher-props.ts', root), 'utf8')).toBe(renderProps());
    expect(readFileSync(new URL('infra/connection-options.ts', root), 'utf8')).toBe(
      renderConnectionOptions(),
    );
    expect(readFileSync(new URL('infra/consent/consent-options.ts', root), 'utf8')).toBe(
      renderConsentOptions(),
    );
  });

  test('shows name, default, bounds and text of a setting', () => {
    const text = 'Refreshes that run at the same time. From 1 to 100.';

    expect(renderSettings(readFileSync(new URL('docs/configuration.md', root), 'utf8'))).toContain(
      `| \`maxInFlight\` | \`25\` | ${text} |`,
    );
    expect(renderProps()).toContain(
      `  /**\n   * ${text}\n   *\n   * @default 25\n   */\n  readonly maxInFlight?: number;`,
    );
  });

  test('refuses a file without the markers of the table', () => {
    expect(() => renderSettings('# Zoho Token Refresher')).toThrow(
      'docs/configuration.md needs the lines <!-- settings',
    );
  });

  test('has the types that the settings are checked for', () => {
    type Settings = z.input<typeof settingsSchema>;
    type Connection = z.input<typeof connectionSchema>;

    expectTypeOf<Values<ZohoTokenRefresherSettings>>().toEqualTypeOf<Values<Settings>>();
    expectTypeOf<Values<ZohoConnectionOptions>>().toEqualTypeOf<Values<Connection>>();
    expectTypeOf<ZohoFollowOptions>().toEqualTypeOf<Readonly<z.input<typeof followSchema>>>();
    expectTypeOf<Values<ZohoConsentOptions>>().toEqualTypeOf<Values<z.input<typeof consentSchema>>>();
    expectTypeOf<keyof ZohoTokenRefresherSettings>().toEqualTypeOf<keyof Settings>();
    expectTypeOf<keyof ZohoConnectionOptions>().toEqualTypeOf<keyof Connection>();
  });
});

/** The type of each property, whether it is optional or not. Nested settings are compared apart. */
type Values<Options> = {
  readonly [Name in keyof Omit<Options, 'connections' | 'follow' | 'consent'>]-?: Exclude<
    Options[Name],
    undefined
  >;
};
