import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { callAws } from '../../adapters/aws-errors.ts';
import { untilAborted } from '../../adapters/until-aborted.ts';
import type { Notification } from '../../core/incidents/notification.ts';
import type { CheckedClock, Notifier } from '../../core/ports.ts';

export interface NotificationTopicsOptions {
  readonly client: SNSClient;
  readonly topicArns: {
    readonly pageTopicArn?: string | undefined;
    readonly ticketTopicArn?: string | undefined;
  };
  readonly clock: Pick<CheckedClock, 'elapsed'>;
}

/** Less than a tick, so that every tick tries again. */
const PAUSE_AFTER_FAILURE_MS = 30_000;

/**
 * Publishes notifications to the SNS topics. EventBridge could do so as well, but it cannot set a subject: every mail would be called
 * "AWS Notification Message". Subscriptions can filter by the attributes.
 */
export function createNotificationTopics({ client, topicArns, clock }: NotificationTopicsOptions): Notifier {
  const topics = { page: topicArns.pageTopicArn, ticket: topicArns.ticketTopicArn };
  const pausedUntilMs = { page: Number.NEGATIVE_INFINITY, ticket: Number.NEGATIVE_INFINITY };

  return {
    mayPublish: (level) => topics[level] !== undefined && clock.elapsed() >= pausedUntilMs[level],
    publish: async (notification, abortSignal) => {
      const { level, subject, message, alarm } = notification;
      const publish = new PublishCommand({
        TopicArn: topics[level],
        Subject: subject,
        MessageStructure: 'json',
        Message: JSON.stringify(messagesByProtocol(subject, message, JSON.stringify(alarm))),
        MessageAttributes: attributesOf(notification),
      });
      try {
        await callAws({ action: 'sns:Publish', resource: topics[level] ?? level }, () =>
          untilAborted(abortSignal, client.send(publish, { abortSignal })),
        );
      } catch (error) {
        pausedUntilMs[level] = clock.elapsed() + PAUSE_AFTER_FAILURE_MS;
        throw error;
      }
    },
  };
}

/** People read mail and text messages. Incident services subscribe by HTTPS, and programs with queues and functions. */
function messagesByProtocol(subject: string, message: string, alarm: string) {
  return { default: message, sms: subject, https: alarm, http: alarm, sqs: alarm, lambda: alarm };
}

function attributesOf({ connection, client, problem, isOver }: Notification) {
  return {
    ...(connection === undefined ? {} : { connection: text(connection) }),
    ...(client === undefined ? {} : { client: text(client) }),
    problem: text(problem),
    state: text(isOver ? 'over' : 'begun'),
  };
}

function text(StringValue: string) {
  return { DataType: 'String', StringValue };
}
