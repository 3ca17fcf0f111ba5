import { type PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, test, vi } from 'vitest';
import { composeNotification } from '../../../../lambdas/core/incidents/connection-notification.ts';
import type { Notification } from '../../../../lambdas/core/incidents/notification.ts';
import { createNotificationTopics } from '../../../../lambdas/refresher/adapters/notification-topics.ts';
import { ManualClock } from '../../../../sandbox/deployment/clock.ts';
import { blockedConnection, NOW_MS, SECOND_MS } from '../../../support/builders.ts';
import { SENDER } from '../fake-refresher.ts';

const PAGE = 'arn:aws:sns:eu-west-1:000000000000:page';
const TICKET = 'arn:aws:sns:eu-west-1:000000000000:ticket';

function notification(overrides: Partial<Notification> = {}): Notification {
  const incident = { problem: 'blocked', state: 'begun', sinceMs: NOW_MS } as const;
  const of = { declared: undefined, sender: SENDER, nowMs: NOW_MS };
  const composed = composeNotification(blockedConnection(), incident, of);
  if (composed === undefined) throw new Error('The connection is muted.');
  return { ...composed, ...overrides };
}

/** Topics over an SNS that does what it is told. */
function topicsOf(topicArns: Parameters<typeof createNotificationTopics>[0]['topicArns'] = both) {
  const client = new SNSClient({ region: 'eu-west-1' });
  const clock = new ManualClock(NOW_MS);
  const send = vi.spyOn(client, 'send').mockImplementation(() => Promise.resolve({}));
  return {
    topics: createNotificationTopics({ client, topicArns, clock: { elapsed: () => clock.now() } }),
    clock,
    send,
    sent: () =>
      send.mock.calls.map(([command, options]) => ({ input: (command as PublishCommand).input, options })),
  };
}

const both = { pageTopicArn: PAGE, ticketTopicArn: TICKET };
const { signal } = new AbortController();
const denied = () =>
  Promise.reject(Object.assign(new Error('canary'), { name: 'AuthorizationErrorException' }));

describe('a notification', () => {
  test('is published with its subject and with attributes that subscriptions can filter by', async () => {
    const { topics, sent } = topicsOf();
    const published = notification();

    await topics.publish(published, signal);

    expect(sent()).toEqual([
      {
        input: {
          TopicArn: PAGE,
          Subject: published.subject,
          MessageStructure: 'json',
          Message: expect.any(String),
          MessageAttributes: {
            connection: { DataType: 'String', StringValue: 'crm-prod' },
            problem: { DataType: 'String', StringValue: 'blocked' },
            state: { DataType: 'String', StringValue: 'begun' },
          },
        },
        options: { abortSignal: signal },
      },
    ]);
  });

  test('is a text for people, and the fields of an alarm for programs', async () => {
    const { topics, sent } = topicsOf();
    const { subject, message, alarm } = notification();

    await topics.publish(notification(), signal);

    const fields = JSON.stringify(alarm);
    expect(JSON.parse(sent()[0]?.input.Message ?? '')).toEqual({
      default: message,
      sms: subject,
      https: fields,
      http: fields,
      sqs: fields,
      lambda: fields,
    });
  });

  test.each([
    ['page', PAGE],
    ['ticket', TICKET],
  ] as const)('with the level "%s" goes to the topic %s', async (level, TopicArn) => {
    const { topics, sent } = topicsOf();

    await topics.publish(notification({ level, isOver: true }), signal);

    expect(sent()[0]?.input).toMatchObject({
      TopicArn,
      MessageAttributes: { state: { StringValue: 'over' } },
    });
  });

  test('cannot be published without a topic for its level', () => {
    const { topics } = topicsOf({ pageTopicArn: PAGE });

    expect([topics.mayPublish('page'), topics.mayPublish('ticket')]).toEqual([true, false]);
  });
});

describe('SNS that fails', () => {
  test('is an error of AWS that names the topic and repeats nothing of its text', async () => {
    const { topics, send } = topicsOf();
    send.mockImplementation(denied);

    await expect(topics.publish(notification(), signal)).rejects.toMatchObject({
      code: 'aws_access_denied',
      message: expect.stringContaining(`sns:Publish on ${PAGE} failed (AuthorizationErrorException)`),
    });
  });

  test('is not asked again for 30 seconds by the same tick, at this level', async () => {
    const { topics, send, clock } = topicsOf();
    send.mockImplementation(denied);
    const mayPublish = () => [topics.mayPublish('page'), topics.mayPublish('ticket')];

    await topics.publish(notification(), signal).catch(() => undefined);

    expect(mayPublish()).toEqual([false, true]);
    clock.advance(30 * SECOND_MS - 1);
    expect(mayPublish()).toEqual([false, true]);
    clock.advance(1);
    expect(mayPublish()).toEqual([true, true]);
  });

  test('does not hold up the invocation beyond its deadline', async () => {
    const { topics, send } = topicsOf();
    send.mockImplementation(() => new Promise(() => {}));
    const abort = new AbortController();

    const published = topics.publish(notification(), abort.signal);
    abort.abort(new DOMException('too late', 'TimeoutError'));

    await expect(published).rejects.toMatchObject({ code: 'aws_unavailable' });
  });
});
