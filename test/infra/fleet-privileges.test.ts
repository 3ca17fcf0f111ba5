import { describe, expect, test } from 'vitest';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { identityStatements, type Statement } from './policy-statements.ts';
import { logicalId, synthesize } from './synthesize.ts';

const FLEET: ZohoTokenRefresherProps = { connectedStore: 'dynamodb', secretPrefix: 'team-a' };
const CONSENT = { consent: { displayName: 'Acme' } };

describe('in a fleet, the refresher', () => {
  const without = roleOf({ secretPrefix: 'team-a' }, 'ZohoRefresherRole');
  const refresher = roleOf(FLEET, 'ZohoRefresherRole');

  test('can publish tokens, which it cannot decrypt, and read credentials, which it cannot encrypt', () => {
    expect(addedTo(without, refresher)).toEqual([
      { actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: ['<Tokens.Arn>'] },
      sealing('kms:Encrypt', 'access-token'),
      { actions: ['dynamodb:GetItem'], resources: ['<Credentials.Arn>'] },
      sealing('kms:Decrypt', 'credentials'),
    ]);
  });

  test('can replace credentials only if it accepts rotated refresh tokens', () => {
    const rotating = { acceptRotatedRefreshTokens: true };

    expect(
      addedTo(
        roleOf({ secretPrefix: 'team-a', ...rotating }, 'ZohoRefresherRole'),
        roleOf({ ...FLEET, ...rotating }, 'ZohoRefresherRole'),
      ),
    ).toEqual([
      { actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: ['<Credentials.Arn>', '<Tokens.Arn>'] },
      sealing('kms:Encrypt', 'access-token'),
      sealing(['kms:Decrypt', 'kms:Encrypt'], 'credentials'),
    ]);
  });

  test('queries the indexes that it queries without one', () => {
    const queries = (statements: readonly Statement[]) =>
      statements.filter(({ actions }) => actions.includes('dynamodb:Query'));

    expect(queries(refresher)).toEqual(queries(without));
    expect(queries(refresher)).toHaveLength(1);
  });
});

describe('in a fleet, ConsentApi', () => {
  test.each<[string, ZohoTokenRefresherProps]>([
    ['while new connections are in DynamoDB', { connectedStore: 'dynamodb' }],
    ['while connections are moved back, which may have to be authorized again', { fleetShards: 1 }],
  ])('can read and replace credentials, and no token: %s', (_, props) => {
    const without = roleOf({ secretPrefix: 'team-a', ...CONSENT }, 'ZohoConsentApiRole');
    const consentApi = roleOf({ ...FLEET, ...CONSENT, ...props }, 'ZohoConsentApiRole');

    expect(addedTo(without, consentApi)).toEqual([
      { actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], resources: ['<Credentials.Arn>'] },
      sealing(['kms:Decrypt', 'kms:Encrypt'], 'credentials'),
    ]);
  });
});

function roleOf(props: ZohoTokenRefresherProps, role: string): Statement[] {
  const template = synthesize(props);
  const names: Record<string, string> = { [logicalId(template, 'AWS::KMS::Key')]: 'Key' };
  for (const id of Object.keys(template.findResources('AWS::DynamoDB::Table')))
    names[id] = /^Zoho(\w+?)[0-9A-F]{8}$/.exec(id)?.[1] ?? id;
  return identityStatements(template, role).map((statement) => ({
    ...statement,
    resources: statement.resources.map((arn) =>
      arn.replace(/<(\w+)\.Arn>/, (text, id: string) => (id in names ? `<${names[id]}.Arn>` : text)),
    ),
  }));
}

/** The statements that a role has besides, without what is the same in all of them. */
function addedTo(before: readonly Statement[], after: readonly Statement[]) {
  const known = new Set(before.map((statement) => JSON.stringify(statement)));
  const added = after.filter((statement) => !known.has(JSON.stringify(statement)));
  return added.map(({ actions, resources, condition }) => ({
    actions,
    resources,
    ...(condition === undefined ? {} : { condition }),
  }));
}

function sealing(action: string | string[], kind: string) {
  return {
    actions: [action].flat(),
    resources: ['<Key.Arn>'],
    condition: {
      StringEquals: { 'kms:EncryptionContext:deployment': 'team-a', 'kms:EncryptionContext:kind': kind },
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['deployment', 'kind', 'connection'] },
      Null: { 'kms:EncryptionContext:connection': 'false' },
    },
  };
}
