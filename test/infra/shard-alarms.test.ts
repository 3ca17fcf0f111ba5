import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { createAlarmEvaluator } from '../../sandbox/alarms/alarm-evaluator.ts';
import { readAlarms } from '../../sandbox/alarms/read-alarms.ts';
import { MetricStore } from '../../sandbox/aws/metric-store.ts';
import { show } from './policy-statements.ts';
import { createApp, createStack, propertiesOf, synthesize, topicId } from './synthesize.ts';

const FLEET: ZohoTokenRefresherProps = { fleetShards: 4 };
const template = synthesize(FLEET);
const MINUTE_MS = 60_000;

const alarmsOf = (of: Template) =>
  Object.fromEntries(
    ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
      propertiesOf(of, type).map((properties) => [
        String(properties.AlarmName).replace('ZohoTokenRefresher-', ''),
        properties,
      ]),
    ),
  );
const alarms = alarmsOf(template);

describe('the alarms of a fleet', () => {
  test('are one for each shard, with a latch each, and one composite alarm that pages', () => {
    expect(Object.keys(alarms).filter((name) => /shard/i.test(name))).toEqual([
      ...[0, 1, 2, 3].flatMap((shard) => [`ShardSilent-${shard}`, `ShardStarted-${shard}`]),
      'page-shards',
    ]);
    const page = { Ref: topicId(template, 'page') };
    expect(alarms['page-shards']).toMatchObject({ AlarmActions: [page], OKActions: [page] });
    expect(alarms['ShardSilent-3']).toMatchObject({
      AlarmActions: [{ Ref: topicId(template, 'alarms') }],
      AlarmDescription: expect.stringMatching(/^Shard 3 of the fleet .*\/ShardSilent\.md$/),
    });
    expect(alarms['ShardStarted-3']).not.toHaveProperty('AlarmActions');
  });

  test('are in the list of the address', () => {
    const [list] = propertiesOf(template, 'AWS::SSM::Parameter').filter(({ Name }) =>
      Name.endsWith('/alarms'),
    );

    expect(JSON.parse(list?.Value)).toMatchObject({
      alarms: expect.arrayContaining(['ShardSilent-0', 'ShardSilent-3', 'page-shards', 'page']),
      conditions: [
        'RefresherStarted',
        'ShardStarted-0',
        'ShardStarted-1',
        'ShardStarted-2',
        'ShardStarted-3',
      ],
    });
  });

  test('can be disabled one by one', () => {
    const rest = alarmsOf(synthesize({ ...FLEET, disabledAlarms: ['ShardSilent-1'] }));

    expect(Object.keys(rest).filter((name) => /^Shard/.test(name))).toHaveLength(6);
    expect(() => synthesize({ fleetShards: 1, disabledAlarms: ['ShardSilent-1'] })).toThrow(
      'disabledAlarms[0]: "ShardSilent-1" is not the alarm of a shard. Allowed: ShardSilent-0.',
    );
    expect(() => synthesize({ disabledAlarms: ['ShardSilent-0'] })).toThrow('none, since there is no fleet');
  });

  test('leave the composite alarm of RefresherSilent as it is', () => {
    const withoutFleet = alarmsOf(synthesize());

    expect(alarms.page).toEqual(withoutFleet.page);
    expect(alarms.RefresherStarted).toEqual(withoutFleet.RefresherStarted);
  });

  test('fit into the rule of one composite alarm, whatever the names; if not, synth says what to do', () => {
    const ruleOf = (stackName: string) => {
      const stack = createStack({ fleetShards: 16, secretPrefix: 'p' }, createApp(), { stackName });
      return alarmsOf(Template.fromStack(stack));
    };
    const rule = show(ruleOf('S'.repeat(100))[`${'S'.repeat(100)}/p/page-shards`]?.AlarmRule);
    expect(rule.match(/INSUFFICIENT_DATA/g)).toHaveLength(16);
    expect(() =>
      createStack({ fleetShards: 16, secretPrefix: 'p'.repeat(107) }, createApp(), {
        stackName: 'S'.repeat(124),
      }),
    ).toThrow(
      /^The composite alarm of 16 shards has a rule of about \d+ characters\. Allowed: 10240\. Use a shorter name/,
    );
  });
});

describe('a shard that stops', () => {
  test('pages after 3 to 5 minutes, once, and no other alarm goes off', () => {
    const world = watch();
    world.tick(20, [0, 1, 2, 3], true);

    expect(world.tick(6, [0, 1, 3], true)).toEqual(['ShardSilent-2', 'page-shards']);
  });

  test('does not page before its first runs', () => {
    const world = watch();

    expect(world.tick(10, [0, 1, 2], true)).toContain('ShardSilent-3');
    expect(world.pages()).toBe('OK');
  });

  test('of all of them, RefresherSilent does not go off: declared connections have their own schedule', () => {
    const world = watch();
    world.tick(20, [0, 1, 2, 3], true);

    expect(world.tick(6, [], true)).not.toContain('RefresherSilent');
  });
});

test('RefresherSilent goes off although the shards run: their invocations do not count for declared connections', () => {
  const world = watch();
  world.tick(20, [0, 1, 2, 3], true);

  expect(world.tick(6, [0, 1, 2, 3], false)).toEqual(['RefresherSilent', 'page']);
});

test('when CloudWatch loses the metrics of the log, neither goes off: Lambda has counted every run', () => {
  const world = watch();
  world.tick(20, [0, 1, 2, 3], true);

  expect(world.tick(6, [0, 1, 2, 3], true, { isLogLost: true })).toEqual([]);
});

/** The alarms of a fleet of four shards, and the metrics of minutes in which some of its schedules run. */
function watch() {
  const store = new MetricStore();
  const definitions = readAlarms(template.toJSON() as Parameters<typeof readAlarms>[0]);
  const evaluator = createAlarmEvaluator(definitions, store);
  const doors = definitions.flatMap((definition) => {
    if (definition.kind !== 'metric' || !definition.name.endsWith('ShardSilent-0')) return [];
    return [...definition.terms.values()].flatMap((term) => ('metric' in term ? [term.metric] : []));
  });
  const invocations = doors.find(({ name }) => name === 'Invocations');
  const errors = doors.find(({ name }) => name === 'Errors');
  const heartbeat = (shard?: number) => ({
    namespace: 'ZohoTokenRefresher',
    name: shard === undefined ? 'Heartbeat' : 'ShardHeartbeat',
    dimensions: { service: 'zoho', ...(shard !== undefined && { shard: String(shard) }) },
  });
  let minute = 0;
  return {
    tick(
      minutes: number,
      shards: readonly number[],
      isDeclaredRunning: boolean,
      { isLogLost = false }: { readonly isLogLost?: boolean } = {},
    ): string[] {
      const begun: string[] = [];
      for (let passed = 0; passed < minutes; passed += 1, minute += 1) {
        const atMs = minute * MINUTE_MS + 10_000;
        const add = (metric: Parameters<MetricStore['addValue']>[0] | undefined, value: number) => {
          if (metric === undefined) throw new Error('The alarm watches no such metric.');
          store.addValue(metric, { value, atMs });
        };
        const runs = [...(isDeclaredRunning ? [undefined] : []), ...shards];
        for (const shard of runs) {
          add(invocations, 1);
          add(errors, 0);
          if (!isLogLost) add(heartbeat(shard), 1);
        }
        for (const { alarm, to } of evaluator.evaluate((minute + 1) * MINUTE_MS))
          if (to === 'ALARM') begun.push(alarm.replace('ZohoTokenRefresher-', ''));
      }
      return begun.filter((name) => !/Expiring|Unauthorized/.test(name));
    },
    pages: () => evaluator.stateOf('ZohoTokenRefresher-page-shards'),
  };
}
