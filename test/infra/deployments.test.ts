import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { SimulatedAccount } from '../support/cloudformation/simulated-account.ts';
import type { CloudFormationTemplate } from '../support/cloudformation/template.ts';
import { createApp, createStack, TWO_CONNECTIONS } from './synthesize.ts';

const STACK = 'ZohoTokenRefresher';
const seed = Math.floor(Math.random() * 2 ** 31);

const templateOf = (props: ZohoTokenRefresherProps = {}): CloudFormationTemplate =>
  Template.fromStack(
    createStack({ connections: TWO_CONNECTIONS, ...props }),
  ).toJSON() as CloudFormationTemplate;

const TODAY = templateOf();
const FLEET = { connectedStore: 'dynamodb', fleetShards: 4 } as const;
const WITH_FLEET = templateOf(FLEET);
const RELEASED = JSON.parse(
  readFileSync(new URL('upgrade/template-0.1.0.json', import.meta.url), 'utf8'),
) as CloudFormationTemplate;

let account: SimulatedAccount;
beforeEach(() => {
  account = new SimulatedAccount(seededRandom(seed));
});

const names = (type: string) =>
  account.resources.filter((each) => each.type === type).map(({ name }) => name);

describe.each([
  ['without a fleet', TODAY],
  ['with a fleet', WITH_FLEET],
])(`a first deployment %s (seed ${seed})`, (_, template) => {
  test('is complete', () => {
    expect(account.deploy(STACK, template)).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test('that fails anywhere leaves nothing behind, and is repeated by the same command', () => {
    for (const refuse of Object.keys(template.Resources)) {
      const failed = account.deploy(STACK, template, { refuse });
      expect(failed, refuse).toMatchObject({
        status: 'ROLLBACK_COMPLETE',
        reason: `${refuse}: access denied`,
      });
      expect(account.resources, refuse).toEqual([]);
    }
    expect(account.deploy(STACK, template)).toMatchObject({ status: 'CREATE_COMPLETE' });
  });
});

describe('neighbours', () => {
  test('a second deployment with the same prefix fails before it creates anything', () => {
    account.deploy(STACK, TODAY);
    const before = account.resources;
    const second = account.deploy('Staging', TODAY);
    expect(second.reason).toBe('AWS::SSM::Parameter /zoho-token-refresher/zoho/deployment already exists');
    expect(second.created).toHaveLength(1);
    expect(account.resources).toEqual(before);
  });

  test('another prefix, and another region, deploy beside the first', () => {
    account.deploy(STACK, TODAY);
    const staging = Template.fromStack(
      createStack({ connections: TWO_CONNECTIONS, secretPrefix: 'staging' }, createApp(), {
        stackName: 'Staging',
      }),
    ).toJSON() as CloudFormationTemplate;
    expect(account.deploy('Staging', staging)).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(account.deploy(STACK, TODAY, { region: 'us-east-1' })).toMatchObject({
      status: 'CREATE_COMPLETE',
    });
  });
});

describe('destroy', () => {
  test('keeps the table, the key and the credentials; the same stack deploys again', () => {
    account.deploy(STACK, TODAY);
    account.create({ ...CREDENTIALS, name: 'zoho/crm-prod/credentials' });
    expect(account.destroy(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    const kept = account.resources.map(({ type }) => type).sort();
    expect(kept).toEqual(['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::SecretsManager::Secret']);
    expect(account.deploy(STACK, TODAY)).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test('keeps the three tables of a fleet; the same stack deploys again', () => {
    account.deploy(STACK, WITH_FLEET);
    expect(account.destroy(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(account.resources.map(({ type }) => type).sort()).toEqual([
      ...Array.from({ length: 3 }, () => 'AWS::DynamoDB::Table'),
      'AWS::KMS::Key',
    ]);
    expect(account.deploy(STACK, WITH_FLEET)).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test.each([
    ['', {}],
    [' with a fleet', FLEET],
  ])('of a throw-away stack%s leaves nothing', (_, props) => {
    const throwAway = templateOf({ removalPolicy: 'destroy', ...props });
    account.deploy(STACK, throwAway);
    expect(account.destroy(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(account.resources).toEqual([]);
  });

  test('is refused with termination protection, and possible once it is off', () => {
    account.deploy(STACK, templateOf({ terminationProtection: true }));
    account.deploy(STACK, TODAY);
    expect(account.destroy(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
  });
});

describe('a connection that is removed and declared again', () => {
  test('keeps its credentials, and gets a new token secret', () => {
    const { 'crm-prod': crm, 'desk-test': desk } = TWO_CONNECTIONS;
    const without = templateOf({ connections: { 'desk-test': desk } });
    account.deploy(STACK, TODAY);
    account.create({ ...CREDENTIALS, name: 'zoho/crm-prod/credentials' });
    expect(account.deploy(STACK, without)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(names('AWS::SecretsManager::Secret').sort()).toEqual([
      'zoho/crm-prod/credentials',
      'zoho/desk-test/access-token',
    ]);
    const again = templateOf({ connections: { 'crm-prod': crm, 'desk-test': desk } });
    expect(account.deploy(STACK, again)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(names('AWS::SecretsManager::Secret')).toContain('zoho/crm-prod/credentials');
  });
});

describe('a fleet', () => {
  const tables = () => names('AWS::DynamoDB::Table').sort();

  test('is added to a stack, which goes back to what it was wherever that fails', () => {
    const added = Object.keys(WITH_FLEET.Resources).filter((id) => !(id in TODAY.Resources));
    for (const refuse of added) {
      const fresh = new SimulatedAccount(seededRandom(seed));
      fresh.deploy(STACK, TODAY);
      const before = [...fresh.resources];
      expect(fresh.deploy(STACK, WITH_FLEET, { refuse }).status, refuse).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(fresh.resources, refuse).toEqual(before);
    }
    expect(added.length).toBeGreaterThan(15);
  });

  test('gets more shards, and fewer, without a new table', () => {
    account.deploy(STACK, WITH_FLEET);
    const before = tables();
    for (const fleetShards of [16, 1] as const) {
      const changed = templateOf({ ...FLEET, fleetShards });
      expect(account.deploy(STACK, changed)).toMatchObject({ status: 'UPDATE_COMPLETE' });
      expect(tables()).toEqual(before);
      expect(names('AWS::Scheduler::Schedule')).toHaveLength(1 + fleetShards);
    }
  });

  test('keeps its tables while connections are moved back, and when it is removed', () => {
    account.deploy(STACK, WITH_FLEET);
    const before = tables();
    for (const props of [{ fleetShards: 4 }, {}] as const) {
      expect(account.deploy(STACK, templateOf(props))).toMatchObject({ status: 'UPDATE_COMPLETE' });
      expect(tables()).toEqual(before);
    }
  });
});

describe('an upgrade from 0.1.0', () => {
  const PERMANENT = [
    'AWS::DynamoDB::Table',
    'AWS::KMS::Key',
    'AWS::SecretsManager::Secret',
    'AWS::Scheduler::Schedule',
    'AWS::Lambda::Function',
  ];
  const permanent = () =>
    account.resources
      .filter(({ type }) => PERMANENT.includes(type))
      .map(({ type, name }) => `${type} ${name}`)
      .sort();

  test('replaces and deletes no table, key, secret, schedule or function', () => {
    account.deploy(STACK, RELEASED);
    const before = permanent();
    expect(account.deploy(STACK, TODAY)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(permanent()).toEqual(before);
  });

  test('that fails anywhere goes back to 0.1.0, and is repeated by the same command', () => {
    account.deploy(STACK, RELEASED);
    const before = [...account.resources];
    for (const refuse of Object.keys(TODAY.Resources)) {
      const { status } = account.deploy(STACK, TODAY, { refuse });
      if (status === 'UPDATE_COMPLETE') continue;
      expect(status, refuse).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(account.resources, refuse).toEqual(before);
    }
    expect(account.deploy(STACK, TODAY)).toMatchObject({ status: 'UPDATE_COMPLETE' });
  });

  test('cannot be undone by deploying 0.1.0: its credentials secrets exist already', () => {
    account.deploy(STACK, RELEASED);
    account.deploy(STACK, TODAY);
    expect(account.deploy(STACK, RELEASED).reason).toMatch(/zoho\/.*\/credentials already exists/);
  });
});

describe('the account that these tests use finds what was wrong in 0.1.0', () => {
  test('a first deployment that fails after the table cannot be rolled back', () => {
    const statuses = Object.keys(RELEASED.Resources).map((refuse) => {
      const { status } = new SimulatedAccount(seededRandom(seed)).deploy(STACK, RELEASED, { refuse });
      return status;
    });
    expect(statuses).toContain('ROLLBACK_FAILED');
  });

  test('the second region collides with the dashboard, and a deployment after destroy with the credentials', () => {
    account.deploy(STACK, RELEASED);
    expect(account.deploy(STACK, RELEASED, { region: 'us-east-1' }).reason).toBe(
      `AWS::CloudWatch::Dashboard ${STACK} already exists`,
    );
    account.destroy(STACK);
    expect(account.deploy(STACK, RELEASED).reason).toMatch(/credentials already exists$/);
  });
});

const CREDENTIALS = { type: 'AWS::SecretsManager::Secret', region: 'eu-west-1', properties: {} } as const;
