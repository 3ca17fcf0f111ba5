import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isSecretIn, Redacted } from '../../../lambdas/core/redacted.ts';
import { REFRESH_TOKEN } from '../../support/builders.ts';

const secret = new Redacted(REFRESH_TOKEN);

describe('a redacted value', () => {
  test('is given by reveal()', () => {
    expect(secret.reveal()).toBe(REFRESH_TOKEN);
  });

  test.each([
    ['String()', () => String(secret)],
    ['a template', () => `${secret}`],
    ['a concatenation', () => `Bearer ${secret}`],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['util.inspect', () => inspect({ secret, deep: { list: [secret] } }, { showHidden: true, depth: 9 })],
    ['console.log', () => format('%s %o %j', secret, secret, secret)],
    ["an error's message", () => inspect(new Error(`failed with ${secret}`, { cause: secret }))],
    ['a map', () => inspect(new Map([['secret', secret]]))],
  ])('is not shown by %s', (_, show) => {
    const shown = show();

    expect(shown).not.toContain(REFRESH_TOKEN);
    expect(shown).toContain('[redacted]');
  });

  test('is not a property, so that a copy or a merge does not contain it', () => {
    expect(Reflect.ownKeys(secret)).toEqual([]);
    expect(JSON.stringify({ ...secret })).toBe('{}');
    expect(inspect(structuredClone(secret))).not.toContain(REFRESH_TOKEN);
  });

  test('is redacted even when it is empty', () => {
    expect(String(new Redacted(''))).toBe('[redacted]');
  });
});

describe('a secret in a text from outside', () => {
  const sixteen = 'abcdefghij123456';

  test('is found in any case, whole', () => {
    expect(isSecretIn(`scope=${sixteen.toUpperCase()}`, new Redacted(sixteen))).toBe(true);
    expect(isSecretIn(`scope=${sixteen}`, new Redacted(sixteen.toUpperCase()))).toBe(true);
    expect(isSecretIn(sixteen.slice(1), new Redacted(sixteen))).toBe(false);
  });

  test('is ignored when it is as short as a word', () => {
    expect(isSecretIn(sixteen, new Redacted(sixteen.slice(1)))).toBe(false);
  });
});
