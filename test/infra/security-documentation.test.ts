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

  test('name every resource, and no logical ID of the template', () => {
    expect(rendered).toContain('`secret:PREFIX/crm-prod/access-token-??????`');
    expect(rendered.match(/<Zoho\w+/g)).toBeNull();
  });

  test('refuse a document without their markers', () => {
    expect(() => renderSecurity('# Security')).toThrow('SECURITY.md needs the lines <!-- roles');
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
