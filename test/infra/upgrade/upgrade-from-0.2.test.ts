import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../sandbox/deployment/random.ts';
import { SimulatedAccount } from '../../support/cloudformation/simulated-account.ts';
import type { CloudFormationTemplate } from '../../support/cloudformation/template.ts';
import { show } from '../policy-statements.ts';
import { type Moment, momentsOfRollback, momentsOfUpdate } from './update-steps.ts';
import { synthesizeApp, type UpgradedApp } from './upgraded-app.ts';

const before = JSON.parse(readFileSync(new URL('./app-0.2.0.json', import.meta.url), 'utf8')) as UpgradedApp;
const withoutFleet = synthesizeApp();
const withFleet = synthesizeApp({ connectedStore: 'dynamodb', fleetShards: 4 });
const seed = Math.floor(Math.random() * 2 ** 31);
const random = seededRandom(seed);

const SCHEDULE = idOf(withoutFleet.provider, 'AWS::Scheduler::Schedule');
const REFRESHER = idOf(withoutFleet.provider, 'AWS::Lambda::Function', /^ZohoRefresher/);

describe.each([
  ['', withoutFleet],
  [' to a fleet', withFleet],
])(`an upgrade from 0.2%s (seed ${seed})`, (_, after) => {
  test('allows every tick, in whatever order CloudFormation updates', () => {
    for (let run = 0; run < 20; run += 1)
      for (const moment of momentsOfUpdate(before.provider, after.provider, random))
        expect(allowedFor(moment, 'ZohoScheduleRole')).toEqual(expect.arrayContaining(targetsOf(moment)));
  });

  test('allows every tick while it is rolled back, wherever it failed', () => {
    for (const failed of momentsOfUpdate(before.provider, after.provider, random))
      for (const moment of momentsOfRollback(failed, before.provider, random))
        expect(allowedFor(moment, 'ZohoScheduleRole')).toEqual(expect.arrayContaining(targetsOf(moment)));
  });

  test('never retries a failed tick: the alias is configured before the schedule invokes it', () => {
    const runs = Array.from({ length: 20 }, () => momentsOfUpdate(before.provider, after.provider, random));
    for (const target of runs
      .flat()
      .flatMap((moment) => targetsOf(moment).map((arn) => [moment, arn] as const))) {
      const [moment, arn] = target;
      const qualifier = arn === `<${REFRESHER}.Arn>` ? '$LATEST' : arn.slice(1, -1);
      const configurations = Object.values(moment).filter(
        ({ Type, Properties }) =>
          Type === 'AWS::Lambda::EventInvokeConfig' && show(Properties?.Qualifier).includes(qualifier),
      );
      expect(configurations.map(({ Properties }) => Properties?.MaximumRetryAttempts)).toEqual([0]);
    }
  });

  test('lets alarms notify at every moment: what may use the key is limited after the topics stop using it', () => {
    const update = momentsOfUpdate(before.provider, after.provider, random);
    const moments = [
      ...Array.from({ length: 20 }, () => momentsOfUpdate(before.provider, after.provider, random)).flat(),
      ...update.flatMap((failed) => momentsOfRollback(failed, before.provider, random)),
    ];

    expect(encryptedTopicsIn(before.provider.Resources)).toBe(3);
    expect(encryptedTopicsIn(after.provider.Resources)).toBe(0);
    for (const moment of moments)
      if (encryptedTopicsIn(moment) > 0) expect(keyPolicyIn(moment)).toContain('cloudwatch.amazonaws.com');
  });

  test('lets a consumer of another account go on without an alias, at every moment', () => {
    for (const moment of momentsOfUpdate(before.provider, after.provider, random))
      expect(permissionsIn(moment)).toContain(`<${REFRESHER}.Arn>`);
  });

  test('keeps every export that another stack of the app imports', () => {
    const imported = [
      ...JSON.stringify(before.consumer).matchAll(/"Fn::ImportValue":"ZohoTokenRefresher:(\w+)"/g),
    ].map(([, name = '']) => name);

    expect(new Set(imported).size).toBe(4);
    for (const name of imported) expect(after.provider.Outputs).toHaveProperty(name);
  });

  test('replaces no resource, removes two alarms and the dashboard only, and is rolled back and repeated wherever it fails', () => {
    const account = new SimulatedAccount(random);
    account.deploy('Zoho', before.provider);
    const names = () => account.resources.map(({ type, name }) => `${type} ${name}`);
    const earlier = names();
    const added = Object.keys(after.provider.Resources).filter((id) => !(id in before.provider.Resources));

    for (const refuse of [...added, SCHEDULE]) {
      expect(account.deploy('Zoho', after.provider, { refuse })).toMatchObject({
        status: 'UPDATE_ROLLBACK_COMPLETE',
      });
      expect(names()).toEqual(earlier);
    }
    expect(account.deploy('Zoho', after.provider)).toMatchObject({ status: 'UPDATE_COMPLETE' });

    const gone = earlier.filter((name) => !names().includes(name));
    expect(gone.sort()).toEqual([
      'AWS::CloudWatch::Alarm ZohoTokenRefresher-ScopeDrift',
      'AWS::CloudWatch::CompositeAlarm ZohoTokenRefresher-ticket',
      expect.stringMatching(/^AWS::CloudWatch::Dashboard /),
    ]);
    expect(added.map((id) => after.provider.Resources[id]?.Type)).not.toContain('AWS::Lambda::Function');
    expect(account.destroy('Zoho')).toMatchObject({ status: 'DELETE_COMPLETE' });
  });

  test('keeps the dashboard as it is named, with the setting dashboard', () => {
    const kept = synthesizeApp({ dashboard: true }).provider.Resources;
    const dashboardOf = (resources: Moment) =>
      Object.entries(resources)
        .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Dashboard')
        .map(([id, { Properties }]) => [id, show(Properties?.DashboardName)]);

    expect(dashboardOf(before.provider.Resources)).toHaveLength(1);
    expect(dashboardOf(kept)).toEqual(dashboardOf(before.provider.Resources));
    expect(dashboardOf(after.provider.Resources)).toEqual([]);
  });

  test('gives consumers that are deployed again the alias, and takes the function from them', () => {
    const target = `<${idOf(after.provider, 'AWS::Lambda::Alias', /consumers/)}>`;

    expect(allowedFor(after.provider.Resources, 'ZohoExampleConsumerRole')).toEqual([target]);
    const [imported] = allowedFor(after.consumer.Resources, 'ConsumerServiceRole');
    expect(imported).toMatch(/^\{"Fn::ImportValue":"ZohoTokenRefresher:ExportsOutputRefZohoDoorconsumers/);
  });
});

/** The ARNs that the schedules invoke. */
function targetsOf(moment: Moment): string[] {
  const schedules = Object.values(moment).filter(({ Type }) => Type === 'AWS::Scheduler::Schedule');
  expect(schedules).not.toEqual([]);
  return schedules.map(({ Properties = {} }) => show((Properties.Target as { Arn: unknown }).Arn));
}

/** What a role may invoke. */
function allowedFor(moment: Moment, role: string): string[] {
  return Object.values(moment)
    .filter(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && show(Properties?.Roles).includes(role))
    .flatMap(({ Properties = {} }) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement)
    .filter(({ Action }) => Action === 'lambda:InvokeFunction')
    .map(({ Resource }) => show(Resource));
}

interface Statement {
  readonly Action: unknown;
  readonly Resource: unknown;
}

/** What consumers of other accounts may invoke. */
function permissionsIn(moment: Moment): string[] {
  return Object.values(moment)
    .filter(({ Type }) => Type === 'AWS::Lambda::Permission')
    .map(({ Properties }) => show(Properties?.FunctionName));
}

function encryptedTopicsIn(moment: Moment): number {
  return Object.values(moment).filter(
    ({ Type, Properties }) => Type === 'AWS::SNS::Topic' && Properties?.KmsMasterKeyId !== undefined,
  ).length;
}

function keyPolicyIn(moment: Moment): string {
  const keys = Object.values(moment).filter(({ Type }) => Type === 'AWS::KMS::Key');
  return JSON.stringify(keys.map(({ Properties }) => Properties?.KeyPolicy));
}

function idOf(template: CloudFormationTemplate, type: string, pattern = /./): string {
  const [id = '', ...others] = Object.entries(template.Resources)
    .filter(([each, { Type }]) => Type === type && pattern.test(each))
    .map(([each]) => each);
  expect(others).toEqual([]);
  return id;
}
