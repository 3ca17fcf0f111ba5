import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { allows, ROLES, readRoles } from '../support/roles-documentation.ts';
import { renderSecurity } from '../support/security-documentation.ts';

const document = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8');
let rendered: string;
beforeAll(() => {
  rendered = renderSecurity(document);
});

describe('the tables of SECURITY.md', () => {
  test('are what `npm run docs` writes', () => {
    expect(document).toBe(rendered);
  });

  test.each([
    ['read refresh tokens and client secrets', 'yes | no | no | yes | no | yes'],
    ['read the access token of another connection', 'yes | no | no | yes | no | no'],
    ['store credentials', 'with `acceptRotatedRefreshTokens` | no | no | yes | no | yes'],
    ['invoke the function past its aliases', 'no | yes | no | no | no | no'],
    ['read other secrets of the account', 'no | no | no | no | no | no'],
    ['show an invite, begin a consent, take the answer of Zoho', 'no | no | no | no | yes | no'],
    ['create and complete invites', 'no | no | no | yes | no | no'],
    ['state which AWS principal signed a request', 'no | no | no | no | no | no'],
  ])('say who may %s', (what, cells) => {
    expect(rendered).toContain(`| ${what} | ${cells} |\n`);
  });

  test.each([
    ['read the access token of its connection', 'no | no | yes | yes | yes | no | no'],
    ['read the access token of another connection', 'no | no | no | yes | yes | no | no'],
    ['read the item of another connection, without decrypting it', 'yes | no | no | yes | yes | no | no'],
    ['publish an access token', 'yes | no | no | no | no | no | no'],
    ['read refresh tokens and client secrets', 'yes | no | no | no | yes | no | yes'],
    ['store credentials', 'with `acceptRotatedRefreshTokens` | no | no | no | yes | no | yes'],
    ['list the connections in a table', 'no | no | no | no | no | no | no'],
    ['read the access token of another connection in Secrets Manager', 'yes | no | no | yes | yes | no | no'],
    ['decrypt what another deployment has sealed', 'no | no | no | no | no | no | no'],
    ['decrypt what is sealed with one key more in the context', 'no | no | no | no | no | no | no'],
    ['decrypt what is sealed for something else', 'no | no | no | no | no | no | no'],
    ['start a run of a shard', 'no | yes | no | no | no | no | no'],
  ])('say who in a fleet may %s', (what, cells) => {
    expect(rendered).toContain(`| ${what} | ${cells} |\n`);
  });

  test('name every resource, and no logical ID of the template', () => {
    expect(rendered).toContain('`secret:PREFIX/crm-prod/access-token-??????`');
    for (const table of ['TABLE', 'CONSENTS', 'TOKENS_TABLE', 'CREDENTIALS_TABLE'])
      expect(rendered).toContain(`\`table/${table}\``);
    expect(rendered.match(/<Zoho\w+/g)).toBeNull();
  });

  test('refuse a document without their markers', () => {
    expect(() => renderSecurity('# Security')).toThrow('SECURITY.md needs the lines <!-- roles:');
    expect(() => renderSecurity(document.replace('<!-- roles of a fleet:', ''))).toThrow(
      'SECURITY.md needs the lines <!-- roles of a fleet:',
    );
  });
});

test('no role may decrypt with the key other than through Secrets Manager, or what is sealed for an invite', () => {
  const roles = readRoles();
  const decrypting = ROLES.flatMap((role) =>
    roles[role].filter(({ actions }) => actions.includes('kms:Decrypt')),
  );

  const isThroughSecretsManager = ({ condition }: (typeof decrypting)[number]) =>
    JSON.stringify(condition).includes('kms:ViaService');

  expect(decrypting).toHaveLength(5);
  expect(decrypting.filter((statement) => !isThroughSecretsManager(statement))).toEqual(
    roles.ConsentApi.filter(({ actions }) => actions.includes('kms:Encrypt')),
  );
});

test('a resource is matched with the wildcards of IAM', () => {
  const statement = { effect: 'Allow', principals: [], condition: undefined };
  const on = (resource: string) => [{ ...statement, actions: ['a:B'], resources: [resource] }];

  expect(allows(on('x/*/y-??'), 'a:B', 'x/1/2/y-ab')).toBe(true);
  expect(allows(on('x/*/y-??'), 'a:B', 'x/1/y-abc')).toBe(false);
  expect(allows(on('x.y'), 'a:B', 'x-y')).toBe(false);
  expect(allows(on('*'), 'a:C', 'x')).toBe(false);
});
