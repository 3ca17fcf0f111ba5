import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { FLEET_PARAMETERS } from '../../lambdas/core/deployment-address.ts';
import { parseConfig } from '../../lambdas/refresher/config.ts';
import { sealedTable } from '../../sandbox/aws/sealed-table.ts';
import { show } from './policy-statements.ts';
import { createStack, logicalId, propertiesOf, synthesize, TWO_CONNECTIONS } from './synthesize.ts';

const CONFIGURATION = { connections: TWO_CONNECTIONS, consent: { displayName: 'Acme' } } as const;
const FLEET = { ...CONFIGURATION, connectedStore: 'dynamodb', fleetShards: 4 } as const;

const off = synthesize(CONFIGURATION);
const fleet = synthesize(FLEET);

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}
const resourcesOf = (template: typeof fleet): Readonly<Record<string, Resource>> =>
  template.toJSON().Resources;

describe('a deployment without a fleet', () => {
  test('has no resource, permission or variable of one', () => {
    const found = JSON.stringify(off.toJSON()).match(
      /FLEET_\w+|[Ss]hard|\w+S_TABLE_NAME|CREDENTIALS_TABLE|CONNECTED_STORE|ENCRYPTION_KEY_ARN/g,
    );

    expect(found).toBeNull();
    expect(synthesize({ ...CONFIGURATION, connectedStore: 'secrets-manager' }).toJSON()).toEqual(
      off.toJSON(),
    );
  });

  test('has everything that one with a fleet has, except for what the fleet adds', () => {
    const withFleet = resourcesOf(fleet);
    const changed = Object.entries(resourcesOf(off)).flatMap(([id, resource]) => {
      if (JSON.stringify(withFleet[id]) === JSON.stringify(resource)) return [];
      return id.replace(/[0-9A-F]{8}$/, '');
    });

    expect(changed.sort()).toEqual([
      'ZohoAddressalarms',
      // Its count of invocations is without those of the shards.
      'ZohoAlarmsRefresherSilent',
      'ZohoConsentApi',
      'ZohoConsentApiRoleDefaultPolicy',
      'ZohoRefresher',
      'ZohoRefresherRoleDefaultPolicy',
    ]);
  });
});

describe('the tables of the second store', () => {
  const tables = Object.entries(fleet.findResources('AWS::DynamoDB::Table'));
  const sealed = tables.filter(([id]) => /^Zoho(Tokens|Credentials)/.test(id)).map(([, table]) => table);

  test('are kept when the stack is deleted, and can be restored to any second', () => {
    expect(sealed).toHaveLength(2);
    for (const table of sealed)
      expect(table).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          DeletionProtectionEnabled: false,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      });
  });

  test('are those that the sandbox has', () => {
    const { TableName: _, ...shape } = sealedTable('sandbox');

    for (const { Properties } of sealed) {
      expect(Properties).toMatchObject(shape);
      expect(Properties).not.toHaveProperty('GlobalSecondaryIndexes');
    }
  });

  test('are protected and destroyed with the settings of the connections table', () => {
    const propertiesOfTables = (props: ZohoTokenRefresherProps) =>
      Object.values(
        synthesize({ connectedStore: 'dynamodb', ...props }).findResources('AWS::DynamoDB::Table'),
      );

    for (const { Properties } of propertiesOfTables({ terminationProtection: true }))
      expect(Properties.DeletionProtectionEnabled).toBe(true);
    for (const { DeletionPolicy } of propertiesOfTables({ removalPolicy: 'destroy' }))
      expect(DeletionPolicy).toBe('Delete');
  });
});

describe('the refresher of a fleet', () => {
  const environmentWith = (props: ZohoTokenRefresherProps) => {
    const { Environment, MemorySize } = Object.entries(
      synthesize(props).findResources('AWS::Lambda::Function'),
    ).flatMap(([id, { Properties }]) => (/^ZohoRefresher[0-9A-F]{8}$/.test(id) ? [Properties] : []))[0];
    return { variables: Environment.Variables, MemorySize };
  };
  const KNOWN = {
    TABLE_NAME: 'connections',
    TOKENS_TABLE_NAME: 'tokens',
    CREDENTIALS_TABLE_NAME: 'credentials',
    ENCRYPTION_KEY_ARN: 'arn:aws:kms:eu-central-1:111122223333:key/1',
    PAGE_TOPIC_ARN: 'arn:aws:sns:eu-central-1:111122223333:page',
    TICKET_TOPIC_ARN: 'arn:aws:sns:eu-central-1:111122223333:ticket',
  };

  test.each<[ZohoTokenRefresherProps, number, number]>([
    [{ connectedStore: 'dynamodb' }, 1, 20],
    [{ fleetShards: 8 }, 8, 20],
    [{ connectedStore: 'dynamodb', fleetShards: 16, fleetRefreshesPerSecond: 50 }, 16, 50],
  ])(
    'with %j parses its environment: %i shards, %i a second',
    (props, fleetShards, fleetRefreshesPerSecond) => {
      const { variables } = environmentWith(props);

      expect(parseConfig({ ...variables, ...KNOWN })).toMatchObject({
        fleetShards,
        fleetRefreshesPerSecond,
        tokensTableName: 'tokens',
        credentialsTableName: 'credentials',
        encryptionKeyArn: KNOWN.ENCRYPTION_KEY_ARN,
      });
      expect(show(variables.TOKENS_TABLE_NAME)).toMatch(/^<ZohoTokens/);
      expect(show(variables.CREDENTIALS_TABLE_NAME)).toMatch(/^<ZohoCredentials/);
      expect(show(variables.ENCRYPTION_KEY_ARN)).toMatch(/^<ZohoKey.*\.Arn>$/);
    },
  );

  test.each<[ZohoTokenRefresherProps, number]>([
    [{ fleetRefreshesPerSecond: 25 }, 512],
    [{ fleetRefreshesPerSecond: 26 }, 1024],
    [{ fleetRefreshesPerSecond: 50, memoryMegabytes: 2048 }, 2048],
    [{ fleetRefreshesPerSecond: 1, memoryMegabytes: 256 }, 256],
  ])('with %j has %i MB', (props, megabytes) => {
    expect(environmentWith({ fleetShards: 1, ...props }).MemorySize).toBe(megabytes);
  });
});

describe('the schedules of a fleet', () => {
  const schedules = fleet.findResources('AWS::Scheduler::Schedule');
  const inputs = Object.entries(schedules).flatMap(([id, { Properties }]) =>
    id.startsWith('ZohoSchedule') ? [JSON.parse(Properties.Target.Input)] : [],
  );

  test('are one for declared connections and one for each shard', () => {
    expect(inputs).toEqual([
      { action: 'refresh-due' },
      ...[0, 1, 2, 3].map((shard) => ({ action: 'refresh-due', shard })),
    ]);
  });

  test('invoke the alias every minute, as that of declared connections does', () => {
    const [declared, ...ofShards] = Object.entries(schedules)
      .filter(([id]) => id.startsWith('ZohoSchedule'))
      .map(([, schedule]) => schedule);

    expect(ofShards).toHaveLength(4);
    for (const { Properties, DependsOn } of ofShards) {
      const { Input: _, ...target } = Properties.Target;
      expect(declared?.Properties.Target).toMatchObject(target);
      expect(target.Arn).toEqual({ Ref: expect.stringMatching(/^ZohoDoorschedule/) });
      expect(Properties.ScheduleExpression).toBe('rate(1 minute)');
      expect(DependsOn).toEqual(declared?.DependsOn);
    }
  });
});

describe('the address of a fleet', () => {
  const valuesOf = (template: typeof fleet) =>
    Object.fromEntries(
      propertiesOf(template, 'AWS::SSM::Parameter').map(({ Name, Value }) => [
        String(Name).replace('/zoho-token-refresher/zoho/', ''),
        show(Value),
      ]),
    );

  test('names its tables, its store and its shards', () => {
    const values = valuesOf(fleet);

    expect(Object.fromEntries(FLEET_PARAMETERS.map((name) => [name, values[name]]))).toEqual({
      'tokens-table': expect.stringMatching(/^<ZohoTokens/),
      'credentials-table': expect.stringMatching(/^<ZohoCredentials/),
      'connected-store': 'dynamodb',
      'fleet-shards': '4',
      'shard-schedules': expect.stringMatching(
        /^<ZohoScheduleShard0\w+>,<ZohoScheduleShard1\w+>,<ZohoScheduleShard2\w+>,<ZohoScheduleShard3\w+>$/,
      ),
    });
  });

  test('says that new connections are in Secrets Manager while others are still moved back', () => {
    expect(valuesOf(synthesize({ fleetShards: 1 }))).toMatchObject({
      'connected-store': 'secrets-manager',
      'fleet-shards': '1',
    });
  });

  test('does not exist without one', () => {
    const values = valuesOf(off);

    expect(FLEET_PARAMETERS.filter((name) => name in values)).toEqual([]);
  });
});

test('ConsentApi knows the table of credentials, and where new connections are stored', () => {
  const variablesOf = (template: typeof fleet) =>
    template.findResources('AWS::Lambda::Function')[
      logicalId(template, 'AWS::Lambda::Function', {
        Description: 'Exchanges the codes of Zoho consents and stores the credentials',
      })
    ]?.Properties.Environment.Variables;

  expect(variablesOf(fleet)).toMatchObject({ CONNECTED_STORE: 'dynamodb' });
  expect(show(variablesOf(fleet).CREDENTIALS_TABLE)).toMatch(/^<ZohoCredentials/);
  expect(variablesOf(off)).not.toHaveProperty('CONNECTED_STORE');
});

test('a stack with a fleet has no AwsSolutions findings', () => {
  const stack = createStack({ ...FLEET, acceptRotatedRefreshTokens: true });

  expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).toEqual([]);
});
