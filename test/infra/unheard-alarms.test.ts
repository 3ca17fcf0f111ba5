import { Annotations, Stack } from 'aws-cdk-lib';
import { Match, Annotations as Warnings } from 'aws-cdk-lib/assertions';
import { SlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import { NO_ONE_IS_NOTIFIED } from '../../infra/alarms/warn-of-unheard-alarms.ts';
import { ZohoTokenRefresher } from '../../infra/token-refresher.ts';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import { createApp } from './synthesize.ts';

interface Deployed {
  readonly stack: Stack;
  readonly zoho: ZohoTokenRefresher;
}

/** The warnings of a synth about who listens. */
function warningsOf(props: (stack: Stack) => ZohoTokenRefresherProps, then: (deployed: Deployed) => void) {
  const stack = new Stack(createApp(), 'Stack');
  const zoho = new ZohoTokenRefresher(stack, 'Zoho', props(stack));
  then({ stack, zoho });
  return Warnings.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp(NO_ONE_IS_NOTIFIED))
    .map(({ id, entry }) => `${id}: ${entry.data}`);
}

const nothing = () => {};

test('a synth warns, once, when no address and no topic is given', () => {
  expect(warningsOf(() => ({}), nothing)).toEqual([
    expect.stringMatching(/^\/Stack\/Zoho: No one is notified .*Set alarmEmails or pageEmails/),
  ]);
});

test('a synth warns when only tickets are read', () => {
  expect(warningsOf(() => ({ ticketEmails: ['team@example.com'] }), nothing)).toHaveLength(1);
});

test('the warning can be acknowledged', () => {
  const acknowledge = ({ zoho }: Deployed) => Annotations.of(zoho).acknowledgeWarning(NO_ONE_IS_NOTIFIED);

  expect(warningsOf(() => ({}), acknowledge)).toEqual([]);
});

describe('a synth does not warn', () => {
  test.each(['alarmEmails', 'pageEmails'])('with %s', (setting) => {
    expect(warningsOf(() => ({ [setting]: ['on-call@example.com'] }), nothing)).toEqual([]);
  });

  test.each(['alarmTopic', 'pageTopic'])('with a %s of your own', (topic) => {
    const own = (stack: Stack) => ({ [topic]: new Topic(stack, 'Own') });

    expect(warningsOf(own, nothing)).toEqual([]);
  });

  test.each<[what: string, subscribe: (deployed: Deployed) => void]>([
    [
      'a URL is subscribed in code',
      ({ zoho }) => zoho.pageTopic.addSubscription(new UrlSubscription('https://example.com')),
    ],
    [
      'a queue of another stack is subscribed',
      ({ stack, zoho }) =>
        zoho.alarmTopic.addSubscription(new SqsSubscription(new Queue(new Stack(stack.node.root, 'B'), 'Q'))),
    ],
    [
      'a chat channel gets the topic',
      ({ stack, zoho }) =>
        new SlackChannelConfiguration(stack, 'Chat', {
          slackChannelConfigurationName: 'on-call',
          slackWorkspaceId: 'T1',
          slackChannelId: 'C1',
          notificationTopics: [zoho.alarmTopic],
        }),
    ],
  ])('when %s', (_, subscribe) => {
    expect(warningsOf(() => ({}), subscribe)).toEqual([]);
  });
});
