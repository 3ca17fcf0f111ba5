import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../../lambdas/core/failures.ts';
import { Redacted } from '../../../../lambdas/core/redacted.ts';
import { type Credentials, parseCredentials } from '../../../../lambdas/core/secrets/credentials.ts';
import { CLIENT_ID, CLIENT_SECRET, credentialsSecret, REFRESH_TOKEN } from '../../../support/builders.ts';

describe('well-formed credentials', () => {
  test('are parsed field by field', () => {
    const { clientSecret, refreshToken, ...rest } = credentialsOf(credentialsSecret());

    expect(rest).toStrictEqual({
      clientId: CLIENT_ID,
      dataCenter: 'eu',
      clientType: 'server-based',
      scope: 'ZohoCRM.modules.ALL',
      authorizedBy: undefined,
      authorizedAt: '2026-01-05T08:00:00.000Z',
      invitedBy: undefined,
    });
    expect(clientSecret.reveal()).toBe(CLIENT_SECRET);
    expect(refreshToken.reveal()).toBe(REFRESH_TOKEN);
  });

  test('need no more than the four required keys', () => {
    const text = credentialsSecret({ client_type: undefined, scope: undefined, authorized_at: undefined });

    expect(credentialsOf(text)).toMatchObject({
      ...{ clientType: undefined, scope: undefined, authorizedAt: undefined },
    });
  });

  test.each<[keyof Credentials, Record<string, unknown>, string | undefined]>([
    ['authorizedAt', { authorized_at: '  ' }, undefined],
    ['authorizedAt', { authorized_at: '' }, undefined],
    ['scope', { scope: '' }, undefined],
    ['scope', { scope: '  ' }, undefined],
    ['scope', { scope: 5 }, undefined],
    ['scope', { scope: null }, undefined],
    ['scope', { scope: ['A.x'] }, undefined],
    ['dataCenter', { data_center: 'EU' }, 'eu'],
    ['clientType', { client_type: 'server-based' }, 'server-based'],
    ['clientType', { client_type: 'self-client' }, 'self-client'],
    ['clientType', { client_type: 'browser' }, undefined],
    ['clientType', { client_type: 5 }, undefined],
    ['clientType', { client_type: null }, undefined],
    ['invitedBy', { invited_by: 'arn:aws:iam::123456789012:user/ann' }, 'arn:aws:iam::123456789012:user/ann'],
    ['invitedBy', { invited_by: ['ann'] }, undefined],
  ])('have the %s of %j: %s', (field, fields, value) => {
    expect(credentialsOf(credentialsSecret(fields))[field]).toBe(value);
  });

  test('may have unknown keys', () => {
    expect(parseCredentials(credentialsSecret({ owner: 'team-crm', nested: { a: 1 } })).ok).toBe(true);
  });

  test('may have the line breaks of pasted secrets', () => {
    const text = credentialsSecret({
      client_id: `  ${CLIENT_ID}\n`,
      client_secret: `${CLIENT_SECRET}\r\n`,
      refresh_token: `\t${REFRESH_TOKEN} `,
      data_center: 'eu\n',
    });

    const credentials = credentialsOf(text);

    expect(credentials.clientId).toBe(CLIENT_ID);
    expect(credentials.clientSecret.reveal()).toBe(CLIENT_SECRET);
    expect(credentials.refreshToken.reveal()).toBe(REFRESH_TOKEN);
    expect(credentials.dataCenter).toBe('eu');
  });

  test('are not shown when they are logged', () => {
    const shown = JSON.stringify(credentialsOf(credentialsSecret()));

    expect(shown).not.toContain(CLIENT_SECRET);
    expect(shown).not.toContain(REFRESH_TOKEN);
  });
});

describe('malformed credentials', () => {
  test.each(['', 'null', '[]', '"text"', '42', '{"client_id":', REFRESH_TOKEN])(
    'are not a JSON object: %j',
    (text) => {
      const failure = failureOf(new Redacted(text));

      expect(failure.code).toBe('malformed_credentials');
      expect(failure.message).toMatch(/^The stored credentials are not a JSON object/);
      expect(failure.message).not.toContain(REFRESH_TOKEN);
    },
  );

  test('have all their problems named at once', () => {
    const text = credentialsSecret({
      client_id: undefined,
      client_secret: '  ',
      refresh_token: 42,
      data_center: null,
    });

    expect(failureOf(text)).toStrictEqual({
      code: 'malformed_credentials',
      message:
        'The stored credentials are incomplete: client_id is missing; client_secret is empty; refresh_token must be a string, is a number; data_center is missing. ' +
        'Write it again as {"client_id","client_secret","refresh_token","data_center"}. The refresher picks it up within 5 minutes.',
    });
  });

  test.each([
    [true, 'a boolean'],
    [{}, 'an object'],
    [[], 'an array'],
  ])('name the type of a value that is not a string: %j', (value, type) => {
    expect(failureOf(credentialsSecret({ refresh_token: value })).message).toContain(
      `refresh_token must be a string, is ${type}`,
    );
  });

  test('are never quoted', () => {
    const text = credentialsSecret({ client_id: undefined });

    const { message } = failureOf(text);

    expect(message).not.toContain(CLIENT_SECRET);
    expect(message).not.toContain(REFRESH_TOKEN);
  });
});

describe('a data center that is not known', () => {
  test('is an error that lists what is allowed, never a guess', () => {
    expect(failureOf(credentialsSecret({ data_center: 'de' }))).toStrictEqual({
      code: 'unknown_data_center',
      message:
        'data_center "de" is not known. Allowed: us, eu, in, au, jp, ca, sa, uk, cn, ae, sg. It is never guessed: Zoho rejects credentials of another data center.',
    });
  });

  test.each([
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
    'com',
    'zoho.eu',
    'https://accounts.zoho.eu',
  ])('is %j', (dataCenter) => {
    expect(failureOf(credentialsSecret({ data_center: dataCenter })).code).toBe('unknown_data_center');
  });

  test.each(['x', 'x'.repeat(12)])('is quoted if it is a word: %s', (dataCenter) => {
    const { message } = failureOf(credentialsSecret({ data_center: dataCenter }));

    expect(message).toContain(`data_center "${dataCenter}" is not known`);
  });

  test.each([REFRESH_TOKEN, `${CLIENT_SECRET}0`, '7abcdefgh', 'abcdefgh7', 'x'.repeat(13), 'eu.zoho'])(
    'is not quoted otherwise, because it may be a secret in the wrong place: %s',
    (dataCenter) => {
      const { message } = failureOf(credentialsSecret({ data_center: dataCenter }));

      expect(message).toMatch(/^data_center is not a location code\. Allowed: /);
      expect(message).not.toContain(dataCenter);
    },
  );
});

function credentialsOf(text: Redacted) {
  const parsed = parseCredentials(text);
  if (!parsed.ok) throw new Error(`not well-formed: ${parsed.failure.message}`);
  return parsed.credentials;
}

function failureOf(text: Redacted): Failure {
  const parsed = parseCredentials(text);
  if (parsed.ok) throw new Error('these credentials are well-formed');
  return parsed.failure;
}
