import { describe, expect, test } from 'vitest';
import { alarmsInRule } from '../../../../cli/cloudwatch/deployed-alarms.ts';
import { judgeAlarmSetup } from '../../../../cli/doctor/alarm-setup.ts';
import { judgeEncryptionKey } from '../../../../cli/doctor/encryption-key.ts';
import { judgeSubscriptions, type TopicName } from '../../../../cli/doctor/subscriptions.ts';
import { finding, read, unavailable } from './findings.ts';

const PREFIX = 'ZohoTokenRefresher-';
const arnOf = (name: string) => `arn:aws:cloudwatch:eu-west-1:000000000000:alarm:${PREFIX}${name}`;

describe('the key', () => {
  const arn = 'arn:aws:kms:eu-west-1:000000000000:key/1';
  const judge = (state: string | undefined) => judgeEncryptionKey({ arn, state: read(state) });

  test.each([
    ['Enabled', finding('pass', 'enabled')],
    ['Disabled', finding('fail', 'is disabled', `aws kms enable-key --key-id ${arn}`)],
    [
      'PendingDeletion',
      finding('fail', 'scheduled for deletion', `aws kms cancel-key-deletion --key-id ${arn}`),
    ],
    ['Unavailable', finding('fail', 'its state is Unavailable', 'KeyDisabled.md')],
    [undefined, finding('fail', 'its state is unknown', 'KeyDisabled.md')],
  ])('that is %s', (state, expected) => {
    expect(judge(state)).toEqual(expected);
  });

  test('that does not exist fails, and without permission is unknown', () => {
    const missing = judgeEncryptionKey({ arn, state: unavailable('aws_not_found') });
    const denied = judgeEncryptionKey({ arn, state: unavailable('aws_access_denied') });

    expect([missing.result, denied.result]).toEqual(['fail', 'unknown']);
  });
});

describe('the alarms of the template', () => {
  const CREATED = {
    alarms: ['page', 'TokenExpiringSoon', 'RefresherSilent', 'RefreshFailing'],
    conditions: ['Started'],
    connections: ['crm-prod'],
  };
  const ALL = [...CREATED.alarms, 'Started', 'UnauthorizedSpike-crm-prod'];
  const RULE = `ALARM("${arnOf('RefresherSilent')}") AND NOT (INSUFFICIENT_DATA("${arnOf('Started')}"))`;
  const all = () =>
    ALL.map((id) => ({
      ...{ name: `${PREFIX}${id}`, state: 'OK', changedAtMs: 0, actionsEnabled: true },
      actions: id === 'Started' ? [] : ['arn:aws:sns:eu-west-1:000000000000:alarm'],
      rule: id === 'page' ? RULE : undefined,
    }));
  const judge = (
    alarms: ReturnType<typeof all>,
    created: (typeof CREATED & { omitted?: number }) | undefined = CREATED,
  ) => judgeAlarmSetup({ namePrefix: PREFIX, created, deployed: read(alarms) });

  test('pass when all exist with their actions, and a latch without actions passes', () => {
    expect(judge(all())).toEqual({
      result: 'pass',
      found: 'all 6 alarms exist, with their actions enabled',
    });
  });

  test.each(ALL)('fail without %s', (id) => {
    const actual = judge(all().filter(({ name }) => name !== `${PREFIX}${id}`));

    expect(actual).toEqual(finding('fail', '1 alarm cannot notify', '--revert-drift'));
    expect(actual.details).toEqual([`${PREFIX}${id} does not exist`]);
  });

  test.each(['page', 'RefresherSilent'])('fail when the actions of %s are disabled', (id) => {
    const actual = judge(
      all().map((alarm) => ({ ...alarm, actionsEnabled: alarm.name !== `${PREFIX}${id}` })),
    );

    expect(actual).toEqual(
      finding('fail', '1 alarm', `Run: aws cloudwatch enable-alarm-actions --alarm-names ${PREFIX}${id}`),
    );
  });

  const withoutActionOf = (id: string) =>
    all().map((alarm) => ({ ...alarm, actions: alarm.name === `${PREFIX}${id}` ? [] : alarm.actions }));

  test('fail when an alarm has lost its action', () => {
    expect(judge(withoutActionOf('RefreshFailing'))).toEqual(finding('fail', '1 alarm', '--revert-drift'));
  });

  test('that are not listed, because the list is full, are said to be unchecked', () => {
    const actual = judge(all(), { ...CREATED, omitted: 3 });

    expect(actual.result).toBe('pass');
    expect(actual.details).toEqual(['the alarms of 3 more connections are not looked for']);
  });

  test('of a deployment without a list are those that composite alarms name', () => {
    const judgeWithoutList = (alarms: ReturnType<typeof all>) =>
      judgeAlarmSetup({ namePrefix: PREFIX, created: undefined, deployed: read(alarms) });

    expect(judgeWithoutList(all()).result).toBe('pass');
    expect(judgeWithoutList(withoutActionOf('RefresherSilent')).details).toEqual([
      `${PREFIX}RefresherSilent has no action: it notifies no one`,
    ]);
    for (const id of ['RefresherSilent', 'Started'])
      expect(judgeWithoutList(all().filter(({ name }) => name !== `${PREFIX}${id}`)).details).toEqual([
        `${PREFIX}${id} does not exist`,
      ]);
  });

  test('are read from rules with ARNs, names and names without quotes', () => {
    expect(alarmsInRule(`ALARM("${arnOf('a:b')}") OR OK("c d") OR ALARM(e) OR ALARM( f )`)).toEqual([
      { name: `${PREFIX}a:b`, setsOff: true },
      { name: 'c d', setsOff: false },
      { name: 'e', setsOff: true },
      { name: 'f', setsOff: true },
    ]);
  });
});

describe('who is notified', () => {
  const subscribed = (topic: TopicName, confirmed: number, pending = 0) => ({
    ...{ topic, arn: `arn:aws:sns:eu-west-1:000000000000:${topic}` },
    subscriptions: read({ confirmed, pending }),
  });
  const unread = (topic: TopicName, code: Parameters<typeof unavailable>[0]) => ({
    ...{ topic, arn: `arn:aws:sns:eu-west-1:000000000000:${topic}` },
    subscriptions: unavailable(code),
  });

  test.each(['page', 'alarm'] as const)('passes with a confirmed subscription of the %s topic', (topic) => {
    const other = topic === 'page' ? 'alarm' : 'page';

    const actual = judgeSubscriptions([
      subscribed(topic, 2, 1),
      unread(other, 'aws_access_denied'),
      subscribed('ticket', 0),
    ]);

    expect(actual).toEqual(finding('pass', `someone listens to the ${topic} topic`));
    expect(actual.details).toEqual([
      `${topic} topic: 2 confirmed, 1 not confirmed yet`,
      `${other} topic: could not be read`,
      'ticket topic: no confirmed subscription',
    ]);
  });

  test('fails without one, also when tickets are read, or a topic was deleted', () => {
    const pending = judgeSubscriptions([
      subscribed('page', 0, 1),
      subscribed('alarm', 0),
      subscribed('ticket', 1),
    ]);
    const deleted = judgeSubscriptions([unread('page', 'aws_not_found'), subscribed('alarm', 0)]);

    expect(pending).toEqual(finding('fail', 'no one is notified', 'docs/alerting.md'));
    expect(deleted).toEqual(finding('fail', 'no one is notified', 'docs/alerting.md'));
    expect(deleted.details?.[0]).toMatch(/^page topic: arn:.* does not exist$/);
  });

  test('is unknown when what would decide could not be read', () => {
    const actual = judgeSubscriptions([subscribed('page', 0), unread('alarm', 'aws_access_denied')]);

    expect(actual.result).toBe('unknown');
  });
});
