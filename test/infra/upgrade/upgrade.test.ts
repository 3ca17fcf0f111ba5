import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ZohoTokenRefresherProps } from '../../../infra/token-refresher-props.ts';
import { synthesize, TWO_CONNECTIONS } from '../synthesize.ts';
import { REPLACING_PROPERTIES } from './replacing-properties.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

interface Stack {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
}

/** What may happen to resources of version 0.1, with the reason. The end of a logical ID is random. */
const ALLOWED: Readonly<Record<string, string>> = {
  'removed ZohoConnectioncrmprodCredentials2E290A17': 'retained: credentials are no longer infrastructure',
  'removed ZohoConnectiondesktestCredentialsA6AADAEF': 'retained: credentials are no longer infrastructure',
  'removed ZohoAlarmsScopeDriftC4186975': 'the refresher notifies of each connection by its name',
  'removed ZohoAlarmsticket2CD46F27': 'each alarm notifies the ticket topic itself',
  'removed ZohoDashboard71693AFB': 'an option, off by default; a dashboard holds no data',
  'changed ZohoAlarmsRefresherSilent AlarmDescription': 'says that it does not page after a first deployment',
  ...Object.fromEntries(
    ['Dimensions', 'MetricName', 'Metrics', 'Namespace', 'Period', 'Statistic'].map((property) => [
      `changed ZohoAlarmsRefresherSilent ${property}`,
      'counts what Lambda measures, beside the heartbeat',
    ]),
  ),
  ...Object.fromEntries(
    ['crmprod', 'desktest'].flatMap((connection) =>
      ['AlarmActions', 'OKActions'].map((property) => [
        `changed ZohoAlarmsUnauthorizedSpike${connection} ${property}`,
        'notifies the page topic itself, so that it does not hold the composite',
      ]),
    ),
  ),
  ...Object.fromEntries(
    ['crmprod', 'desktest'].flatMap((connection) =>
      ['AlarmDescription', 'Metrics'].map((property) => [
        `changed ZohoAlarmsUnauthorizedSpike${connection} ${property}`,
        'does not repeat what a notification about the connection has said',
      ]),
    ),
  ),
  ...Object.fromEntries(
    [
      'RefreshFailing AlarmDescription',
      'RefreshFailing MetricName',
      'RefreshFailing Threshold',
      'TokenExpiringSoon AlarmDescription',
      'TokenExpiringSoon MetricName',
      'TokenExpiringSoon TreatMissingData',
      'ZohoThrottling AlarmDescription',
      'ZohoThrottling EvaluationPeriods',
      'ZohoThrottling Metrics',
      'ZohoThrottling Threshold',
    ].map((change) => [`changed ZohoAlarms${change}`, 'no single tenant holds it']),
  ),
  ...Object.fromEntries(
    ['DeliveryFailed', 'RefreshFailing', 'RefresherErrors', 'TokenExpiringSoon', 'ZohoThrottling'].flatMap(
      (alarm) =>
        ['AlarmActions', 'OKActions'].map((property) => [
          `changed ZohoAlarms${alarm} ${property}`,
          'notifies its audience itself: in a composite alarm, one that lasts would hide the next',
        ]),
    ),
  ),
  'changed ZohoAlarmspage AlarmDescription': 'contains RefresherSilent only',
  'changed ZohoAlarmspage AlarmRule': 'contains RefresherSilent only',
  'changed ZohoAlarmTopic KmsMasterKeyId': 'a disabled key must not silence the alarms about it',
  'changed ZohoPageTopic KmsMasterKeyId': 'see above',
  'changed ZohoTicketTopic KmsMasterKeyId': 'see above',
  'changed ZohoKey KeyPolicy': 'alarms need no key any more',
  'changed ZohoKey Description': 'see above',
  'changed ZohoConnections DeletionProtectionEnabled':
    'part of the setting terminationProtection, off by default',
  'changed ZohoRefresher Code': 'the new version',
  'changed ZohoRefresher Environment': 'has the topics of notifications, and the longer timeout',
  'changed ZohoRefresher Timeout': 'a tick starts refreshes for the whole minute',
  'changed ZohoScheduleEveryMinute Target': 'the schedule invokes its alias',
  'changed ZohoRefresherRoleDefaultPolicy PolicyDocument': 'the suffix of endpoints depends on the partition',
};

/** As the template of 0.1 was made. */
const CONFIGURATION: ZohoTokenRefresherProps = {
  connections: TWO_CONNECTIONS,
  alarmEmails: ['on-call@example.com'],
};

const before = JSON.parse(readFileSync(new URL('./template-0.1.0.json', import.meta.url), 'utf8')) as Stack;
const after = synthesize(CONFIGURATION).toJSON() as Stack;

describe('an upgrade from 0.1', () => {
  test('removes, replaces and changes only what is allowed', () => {
    expect(effects(before, after).sort()).toEqual(Object.keys(ALLOWED).sort());
  });

  test('to a fleet adds it, and changes nothing else', () => {
    const fleet = synthesize({ ...CONFIGURATION, connectedStore: 'dynamodb', fleetShards: 4 });

    const ofFleet = fleet.toJSON() as Stack;
    expect(effects(before, ofFleet).sort()).toEqual(Object.keys(ALLOWED).sort());
    const tables = ofType(ofFleet, 'AWS::DynamoDB::Table').filter(([id]) => !(id in before.Resources));
    expect(tables).toHaveLength(2);
  });

  test('keeps the dashboard with the setting dashboard, under a name that contains the region', () => {
    const kept = synthesize({ ...CONFIGURATION, dashboard: true }).toJSON() as Stack;

    const ofDashboard = effects(before, kept).filter((effect) => effect.includes('Dashboard'));
    expect(ofDashboard).toEqual([
      'replaced ZohoDashboard71693AFB',
      'changed ZohoDashboard DashboardBody',
      'changed ZohoDashboard DashboardName',
    ]);
  });

  test('keeps the credentials secrets that leave the stack', () => {
    const removed = Object.entries(before.Resources).filter(
      ([id, { Type }]) => after.Resources[id] === undefined && !Type.startsWith('AWS::CloudWatch::'),
    );

    expect(removed.map(([, { Properties }]) => Properties.Name)).toEqual([
      'zoho/crm-prod/credentials',
      'zoho/desk-test/credentials',
    ]);
    for (const [, { DeletionPolicy }] of removed) expect(DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  test.each([
    ['the table', 'AWS::DynamoDB::Table'],
    ['the key', 'AWS::KMS::Key'],
  ])('keeps %s, which is retained whatever happens', (_, type) => {
    const [[id, resource] = ['', undefined], ...others] = ofType(after, type);

    expect(others).toEqual([]);
    expect(resource?.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(resource?.UpdateReplacePolicy).toBe('Retain');
    expect(before.Resources[id]?.Type).toBe(type);
  });

  test('keeps the name, the key and the replicas of every token secret', () => {
    const tokenSecrets = ofType(before, 'AWS::SecretsManager::Secret').filter(([, { Properties }]) =>
      String(Properties.Name).endsWith('/access-token'),
    );

    expect(tokenSecrets).toHaveLength(2);
    for (const [id, { Properties }] of tokenSecrets)
      expect(after.Resources[id]?.Properties).toEqual(Properties);
  });

  test('changes nothing of the schedule but what it invokes', () => {
    const [[id, schedule] = ['', undefined]] = ofType(before, 'AWS::Scheduler::Schedule');
    const Target = {
      ...(schedule?.Properties.Target as object),
      Arn: expect.objectContaining({ Ref: expect.stringMatching(/^ZohoDoorschedule/) }),
    };

    expect(after.Resources[id]?.Properties).toEqual({ ...schedule?.Properties, Target });
  });

  test('gives the refresher every variable that it had, with the same value but for its timeout', () => {
    const variables = (stack: Stack) => {
      const [[, refresher] = ['', undefined]] = ofType(stack, 'AWS::Lambda::Function');
      return (refresher?.Properties.Environment as { Variables: object } | undefined)?.Variables;
    };

    expect(variables(after)).toMatchObject({
      ...(variables(before) ?? { TABLE_NAME: 'missing' }),
      FUNCTION_TIMEOUT_SECONDS: '75',
    });
  });

  test('keeps every output, which the earlier zoho-tokens reads', () => {
    expect(after.Outputs).toEqual(before.Outputs);
  });

  test('adds the address of the deployment, three alarms, a saved query, and the aliases', () => {
    const added = Object.entries(after.Resources).filter(([id]) => before.Resources[id] === undefined);
    const count = (type: string) => added.filter(([, { Type }]) => Type === type).length;

    expect(count('AWS::SSM::Parameter')).toBe(12);
    expect(count('AWS::CloudWatch::Alarm')).toBe(3);
    expect(count('AWS::Lambda::Alias')).toBe(3);
    expect(count('AWS::Lambda::EventInvokeConfig')).toBe(3);
    expect(count('AWS::IAM::Policy')).toBe(1);
    expect(added).toHaveLength(23);
  });
});

describe('the comparison', () => {
  test.each<[string, ZohoTokenRefresherProps, string]>([
    [
      'a changed prefix',
      { ...CONFIGURATION, secretPrefix: 'team-a' },
      'replaced ZohoConnectioncrmprodAccessToken9B565E33',
    ],
    [
      'a removed connection',
      { alarmEmails: ['on-call@example.com'] },
      'removed ZohoConnectioncrmprodAccessToken9B565E33',
    ],
    [
      'another subscription',
      { connections: TWO_CONNECTIONS },
      expect.stringMatching(/^removed ZohoAlarmTopic/),
    ],
    [
      'another removal policy',
      { ...CONFIGURATION, removalPolicy: 'destroy' },
      'no longer retained ZohoConnectionsEAAF2093',
    ],
  ])('sees %s', (_, configuration, effect) => {
    const found = effects(before, synthesize(configuration).toJSON() as Stack);

    expect(found).toContainEqual(effect);
    expect(ALLOWED).not.toHaveProperty([effect]);
  });

  test('knows every type of the stack', () => {
    const types = [...Object.values(before.Resources), ...Object.values(after.Resources)].map(
      ({ Type }) => Type,
    );

    expect([...new Set(types)].sort()).toEqual(Object.keys(REPLACING_PROPERTIES).sort());
  });

  test("knows the same properties as AWS's resource specification, which the command cdk contains", () => {
    const path = createRequire(import.meta.url)
      .resolve('aws-cdk/package.json')
      .replace('package.json', 'db.json.gz');
    const specified = new Map<string, string[]>();
    collectReplacing(JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')), specified);

    expect(
      Object.fromEntries(Object.keys(REPLACING_PROPERTIES).map((type) => [type, specified.get(type)])),
    ).toEqual(REPLACING_PROPERTIES);
  });
});

/** What happens to the resources of the earlier stack. */
function effects(earlier: Stack, later: Stack): string[] {
  return Object.entries(earlier.Resources).flatMap(([id, resource]) => {
    const next = later.Resources[id];
    if (next === undefined) return `removed ${id}`;
    const changed = changedProperties(resource, next);
    const isReplaced =
      next.Type !== resource.Type ||
      changed.some((property) => REPLACING_PROPERTIES[resource.Type]?.includes(property));
    const isLessRetained =
      next.DeletionPolicy !== resource.DeletionPolicy ||
      next.UpdateReplacePolicy !== resource.UpdateReplacePolicy;
    return [
      ...(isReplaced ? [`replaced ${id}`] : []),
      ...(isLessRetained ? [`no longer retained ${id}`] : []),
      ...changed.map((property) => `changed ${id.replace(/[0-9A-F]{8}$/, '')} ${property}`),
    ];
  });
}

function changedProperties(one: Resource, other: Resource): string[] {
  const names = new Set([...Object.keys(one.Properties), ...Object.keys(other.Properties)]);
  return [...names].filter(
    (name) => JSON.stringify(one.Properties[name]) !== JSON.stringify(other.Properties[name]),
  );
}

function ofType(stack: Stack, type: string): [string, Resource][] {
  return Object.entries(stack.Resources).filter(([, { Type }]) => Type === type);
}

/** Finds the types in the specification, whose form is not documented, by the names of their attributes. */
function collectReplacing(value: unknown, found: Map<string, string[]>): void {
  if (typeof value !== 'object' || value === null) return;
  const { cloudFormationType, properties } = value as {
    cloudFormationType?: string;
    properties?: Record<string, { causesReplacement?: string }>;
  };
  if (cloudFormationType !== undefined && properties !== undefined) {
    const replacing = Object.keys(properties).filter((name) =>
      ['yes', 'maybe'].includes(properties[name]?.causesReplacement ?? 'no'),
    );
    found.set(cloudFormationType, replacing.sort());
    return;
  }
  for (const each of Object.values(value)) collectReplacing(each, found);
}
