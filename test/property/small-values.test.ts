import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createZohoClient } from '../../lambdas/client/create-zoho-client.ts';
import { ZohoClientError } from '../../lambdas/client/zoho-client-error.ts';
import {
  accessTokenSecretName,
  CONNECTION_NAME_PATTERN,
  credentialsSecretName,
  SECRET_PREFIX_PATTERN,
} from '../../lambdas/core/connection/connection-name.ts';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { formatScopes, missingScopes, parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { anyText, damagedJson } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);
const prefix = fc.stringMatching(/^[A-Za-z0-9_+=.@-]{1,20}(\/[A-Za-z0-9_+=.@-]{1,20}){0,2}$/);

/** Names on both sides of what is allowed. */
const NEARLY = ['x'.repeat(64), 'x'.repeat(65), '_x', '-x', 'x-', 'x\n', '\nx', 'a\nb', '', 'é'];

/** Names with a character or two that mean something elsewhere: to a path, a policy, a shell, a log. */
const oddName = fc.oneof(
  fc.constantFrom(...NEARLY),
  fc
    .tuple(
      name,
      fc.nat({ max: 64 }),
      fc.constantFrom(
        '/',
        '*',
        '?',
        '.',
        '..',
        ' ',
        '\n',
        '\0',
        ':',
        '#',
        '$',
        '{}',
        'é',
        '-',
        '_',
        '__proto__',
        'ａ',
        '\ud800',
      ),
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

  test('stands alone in the names of its secrets: no two connections share one, none leaves its prefix', () =>
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

  test('and a prefix are all that a client takes; anything else is refused with the fault', () => {
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

      if (isName && SECRET_PREFIX_PATTERN.test(secretPrefix)) expect(create).not.toThrow();
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

  test('is read the same however it is separated, and read again as it was formatted', () =>
    forAll([fc.oneof(written, anyText(40))], runs(60), (text) => {
      const parsed = parseScopes(text);

      expect(parseScopes(formatScopes(parsed))).toEqual(parsed);
      expect(formatScopes(parseScopes(formatScopes(parsed)))).toBe(formatScopes(parsed));
      expect(new Set(parsed).size).toBe(parsed.length);
      expect(parsed.join('')).not.toMatch(/[\s,]/);
    }));

  test('lacks nothing of itself in any case, and lacks less the more is granted', () =>
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

  test('is one with the values that are written there, or none', () =>
    forAll([damaged], runs(100), ({ text, fields }) => {
      const json = parseJsonObject(text);

      expect(json === undefined).toBe(fields === undefined);
      expect(Object.keys(json ?? {}).sort()).toEqual([...(fields?.keys() ?? [])].sort());
      expect([...(fields ?? [])].filter(([key, value]) => !isAlike(json?.[key], value))).toEqual([]);
      expect(({} as { a?: unknown }).a).toBeUndefined();
    }));

  test('is an object and nothing else, whatever it is', () =>
    forAll([fc.oneof(anyText(30), fc.json({ maxDepth: 2 }))], runs(60), (text) => {
      const json = parseJsonObject(text);

      expect(json === undefined || Object.prototype.toString.call(json)).toBe(
        json === undefined || '[object Object]',
      );
    }));
});

describe('a redacted value', () => {
  /** Ways in which a value ends up in a text without anybody meaning it to. */
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

  test('is in no text unless it is revealed, and is then as it was', () =>
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

/** The same value, or at least an object for an object: some are too deep to be compared. */
function isAlike(one: unknown, other: unknown): boolean {
  return Object.is(one, other) || (typeof one === 'object' && typeof other === 'object' && other !== null);
}

const ALPHABET = '-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A client that is only created never calls anybody. */
const NO_AWS = { metrics: 'off', secretsManagerClient: {} as never, lambdaClient: {} as never } as const;
