import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createZohoClient } from '../../lambdas/client/create-zoho-client.ts';
import { ZohoClientError } from '../../lambdas/client/zoho-client-error.ts';
import {
  accessTokenSecretName,
  CONNECTION_NAME_PATTERN,
  credentialsSecretName,
  EARLIER_SECRET_PREFIX_PATTERN,
} from '../../lambdas/core/connection/connection-name.ts';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { formatScopes, missingScopes, parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { connectionName as name, secretPrefix as prefix } from './arbitraries.ts';
import { anyText, damagedJson } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

/** Valid names, and names that are almost valid. */
const NEARLY = ['x'.repeat(64), 'x'.repeat(65), '_x', '-x', 'x-', 'x\n', '\nx', 'a\nb', '', 'é'];

/** Names with one or two characters that are special in a path, a policy, a shell or a log. */
const oddName = fc.oneof(
  fc.constantFrom(...NEARLY),
  fc
    .tuple(
      name,
      fc.nat({ max: 64 }),
      fc.constantFrom(...'/*?. \n\0:#$é-_ａ', '..', '{}', '__proto__', '\ud800'),
    )
    .map(([text, at, inserted]) => text.slice(0, at) + inserted + text.slice(at)),
);

describe('a connection name', () => {
  test('is letters, digits, - and _, begins with a letter or digit and has at most 64 characters', () =>
    forAll([fc.oneof(name, oddName, anyText(70))], runs(150), (text) => {
      const letters = [...text].every((letter) => ALPHABET.includes(letter));
      const begins = text !== '' && ALPHABET.slice(2).includes(text.charAt(0));

      expect(CONNECTION_NAME_PATTERN.test(text)).toBe(letters && begins && text.length <= 64);
    }));

  test('has secrets of its own, all of them below the prefix', () =>
    forAll([prefix, name, name], runs(40), (secretPrefix, one, other) => {
      const names = [one, other].flatMap((each) => [
        credentialsSecretName(secretPrefix, each),
        accessTokenSecretName(secretPrefix, each),
      ]);

      expect(new Set(names).size).toBe(one === other ? 2 : 4);
      expect(
        names.every((each) => each.startsWith(`${secretPrefix}/`) && /^[A-Za-z0-9/_+=.@-]+$/.test(each)),
      ).toBe(true);
      expect(names.map((each) => each.slice(secretPrefix.length).split('/').length)).toEqual([3, 3, 3, 3]);
    }));

  test('and a prefix are checked by the client, which rejects anything else and says why', () => {
    const value = fc.oneof(
      name,
      oddName,
      prefix,
      anyText(20),
      fc.constantFrom<unknown>(undefined, null, 7, '', {}),
    );

    return forAll([value, fc.oneof(prefix, oddName)], runs(60), (connection, secretPrefix) => {
      const isName = typeof connection === 'string' && CONNECTION_NAME_PATTERN.test(connection);
      const create = () => createZohoClient({ connection: connection as string, secretPrefix, ...NO_AWS });

      if (isName && EARLIER_SECRET_PREFIX_PATTERN.test(secretPrefix)) expect(create).not.toThrow();
      else expect(create).toThrow(new RegExp(`^${isName ? 'secretPrefix' : 'connection'} must be `));
      if (!isName) expect(create).toThrow(ZohoClientError);
    });
  });
});

describe('a list of scopes', () => {
  const scopes = fc.array(
    fc.oneof(fc.constantFrom('A.READ', 'a.read', 'B.ALL'), fc.stringMatching(/^[A-Za-z0-9._]{1,12}$/)),
    { maxLength: 6 },
  );
  const separator = fc.constantFrom(' ', ',', ', ', '\n', '\t,\t', ',,', '\u00a0', '\u3000');
  const written = fc
    .tuple(scopes, separator, separator)
    .map(([list, between, around]) => around + list.join(between) + around);

  test('is read the same with any separators, and formatting it changes nothing', () =>
    forAll([fc.oneof(written, anyText(40))], runs(60), (text) => {
      const parsed = parseScopes(text);

      expect(parseScopes(formatScopes(parsed))).toEqual(parsed);
      expect(formatScopes(parseScopes(formatScopes(parsed)))).toBe(formatScopes(parsed));
      expect(new Set(parsed).size).toBe(parsed.length);
      expect(parsed.join('')).not.toMatch(/[\s,]/);
    }));

  test('contains all of its own scopes, and lacks fewer the more are granted', () =>
    forAll([scopes, scopes, scopes], runs(60), (declared, granted, more) => {
      const missing = missingScopes(declared, formatScopes(granted));

      expect(missingScopes(declared, declared.join(' ').toUpperCase())).toEqual([]);
      expect(missingScopes(declared, '')).toEqual(declared);
      expect(missing.every((scope) => declared.includes(scope) && !granted.includes(scope))).toBe(true);
      expect(missing).toEqual(expect.arrayContaining(missingScopes(declared, [...granted, ...more].join())));
    }));
});

describe('a text that should be a JSON object', () => {
  const damaged = damagedJson([{ a: 1, b: 'text', access_token: null, nested: { a: [1] } }], {
    a: [1, '1', [1], { a: 1 }, null],
  });

  test('is the object with the given values, or undefined', () =>
    forAll([damaged], runs(100), ({ text, fields }) => {
      const json = parseJsonObject(text);

      expect(json === undefined).toBe(fields === undefined);
      expect(Object.keys(json ?? {}).sort()).toEqual([...(fields?.keys() ?? [])].sort());
      expect([...(fields ?? [])].filter(([key, value]) => !isAlike(json?.[key], value))).toEqual([]);
      expect(({} as { a?: unknown }).a).toBeUndefined();
    }));

  test('is never anything but an object', () =>
    forAll([fc.oneof(anyText(30), fc.json({ maxDepth: 2 }))], runs(60), (text) => {
      const json = parseJsonObject(text);

      expect(json === undefined || Object.prototype.toString.call(json)).toBe(
        json === undefined || '[object Object]',
      );
    }));
});

describe('a redacted value', () => {
  /** Ways in which a value ends up in a text unintentionally. */
  const WAYS: readonly ((value: object) => unknown)[] = [
    (value) => `${value}`,
    (value) => String(value),
    (value) => JSON.stringify(value),
    (value) => JSON.stringify({ deep: [value] }, null, 2),
    (value) => inspect(value, { depth: 9, showHidden: true, getters: true }),
    (value) => inspect({ deep: new Map([['key', value]]) }, { depth: 9 }),
    (value) => inspect(value, { customInspect: false, showHidden: true, getters: true, showProxy: true }),
    (value) => format('%s %o %O %j', value, value, value, value),
    (value) => `${inspect(new Error('x', { cause: value }))}`,
    (value) => inspect(Object.assign(new Error('x'), { value })),
    (value) => JSON.stringify({ ...value }) + Object.keys(value) + Object.values(value),
    (value) => JSON.stringify(Object.getOwnPropertyNames(value)) + JSON.stringify(Object.entries(value)),
    (value) => inspect(structuredClone(value)),
    (value) => String([value]) + `${value}`.concat(String(Object(value))),
  ];

  test('is shown only when it is revealed, and then unchanged', () =>
    forAll(
      [fc.stringMatching(/^[a-z]{3}[0-9]{9}[^a-z]{0,20}$/), fc.constantFrom(...WAYS)],
      runs(100),
      (text, show) => {
        const redacted = new Redacted(text);

        expect(String(show(redacted))).not.toContain(text.slice(0, 12));
        expect(redacted.reveal()).toBe(text);
      },
    ));
});

/** True for the same values. Of two objects only the type is compared, because some are too deep. */
function isAlike(one: unknown, other: unknown): boolean {
  return Object.is(one, other) || (typeof one === 'object' && typeof other === 'object' && other !== null);
}

const ALPHABET = '-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A client that is only created makes no calls. */
const NEVER_USED = { send: () => Promise.reject(new Error('not used')) };
const NO_AWS = { metrics: 'off', secretsManagerClient: NEVER_USED, lambdaClient: NEVER_USED } as const;
