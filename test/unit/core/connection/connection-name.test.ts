import { describe, expect, test } from 'vitest';
import {
  accessTokenSecretName,
  CONNECTION_NAME_PATTERN,
  credentialsSecretName,
  DEFAULT_SECRET_PREFIX,
  EARLIER_SECRET_PREFIX_PATTERN,
  SECRET_PREFIX_PATTERN,
} from '../../../../lambdas/core/connection/connection-name.ts';

describe('the name of a connection', () => {
  test.each(['a', '7', 'crm-prod', 'CRM_prod-2', 'x'.repeat(64)])('may be %j', (name) => {
    expect(CONNECTION_NAME_PATTERN.test(name)).toBe(true);
  });

  test.each([
    '',
    '-crm',
    '_crm',
    'crm prod',
    'crm/prod',
    'crm.prod',
    'crm-prod\n',
    'crm\nprod',
    'größe',
    '*',
    '../crm',
    '__proto__',
    'x'.repeat(65),
  ])('may not be %j', (name) => {
    expect(CONNECTION_NAME_PATTERN.test(name)).toBe(false);
  });
});

describe('the prefix of the secrets', () => {
  test.each(['zoho', 'Zoho_1.-', 'x'.repeat(128), DEFAULT_SECRET_PREFIX])('may be %j', (prefix) => {
    expect(SECRET_PREFIX_PATTERN.test(prefix)).toBe(true);
    expect(EARLIER_SECRET_PREFIX_PATTERN.test(prefix)).toBe(true);
  });

  test.each(['team/zoho', 'a/b/c', 'Zoho_1+=.@-', 'a/Zoho_59+=.@-'])('could be %j in 0.1', (prefix) => {
    expect(SECRET_PREFIX_PATTERN.test(prefix)).toBe(false);
    expect(EARLIER_SECRET_PREFIX_PATTERN.test(prefix)).toBe(true);
  });

  test.each([
    '',
    '/zoho',
    'zoho/',
    'team//zoho',
    'zoho*',
    'zoho?',
    'zo ho',
    'zoho\n',
    'zoho$x',
    'x'.repeat(129),
  ])('may not be %j', (prefix) => {
    expect(SECRET_PREFIX_PATTERN.test(prefix)).toBe(false);
    expect(EARLIER_SECRET_PREFIX_PATTERN.test(prefix)).toBe(false);
  });

  test('is zoho when none is configured', () => {
    expect(DEFAULT_SECRET_PREFIX).toBe('zoho');
  });
});

describe('the two secrets of a connection', () => {
  test('have different names, so that access to one is not access to the other', () => {
    expect(credentialsSecretName('zoho', 'crm-prod')).toBe('zoho/crm-prod/credentials');
    expect(accessTokenSecretName('zoho', 'crm-prod')).toBe('zoho/crm-prod/access-token');
  });

  test('fit the limit of Secrets Manager at their longest', () => {
    const longest = accessTokenSecretName('p'.repeat(128), 'c'.repeat(64));

    expect(longest.length).toBeLessThanOrEqual(512);
  });
});

describe('a Zoho client secret, pasted as a name', () => {
  const secret = 'a1'.repeat(21);

  test('is not a name', () => {
    expect(CONNECTION_NAME_PATTERN.test(secret)).toBe(false);
  });

  test.each([`${secret}0`, secret.slice(1), `${secret}-crm`, secret.replace('a', 'g')])(
    'is not confused with %s',
    (name) => {
      expect(CONNECTION_NAME_PATTERN.test(name)).toBe(true);
    },
  );
});
