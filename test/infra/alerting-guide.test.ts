import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { readSnippets } from '../support/document-snippets.ts';
import { createConsumer, runCdkSnippet } from './run-cdk-snippet.ts';
import { createApp, createStack, propertiesOf } from './synthesize.ts';

const snippets = readSnippets(new URL('../../docs/alerting.md', import.meta.url));

describe('docs/alerting.md', () => {
  test('subscribes HTTPS endpoints to the topics for pages and tickets', async () => {
    const template = await deploy('https');

    const subscribed = propertiesOf(template, 'AWS::SNS::Subscription').map(({ Protocol, TopicArn }) => [
      Protocol,
      TopicArn.Ref,
    ]);
    expect(subscribed).toEqual([
      ['https', expect.stringContaining('PageTopic')],
      ['https', expect.stringContaining('TicketTopic')],
    ]);
  });

  test('replaces a topic with one of the user', async () => {
    const stack = new Stack(createApp(), 'Team');
    await runCdkSnippet(snippets.get('topics'), stack, {});
    const template = Template.fromStack(stack);

    template.hasResourceProperties('AWS::CloudWatch::CompositeAlarm', {
      AlarmName: 'Team-page',
      AlarmActions: ['arn:aws:sns:eu-central-1:111122223333:on-call'],
    });
    template.resourceCountIs('AWS::SNS::Topic', 2);
  });

  test('acknowledges the warning that no one is subscribed', async () => {
    const stack = createStack();
    await runCdkSnippet(snippets.get('acknowledge'), stack, { zoho: stack.zoho });

    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('noOneIsNotified'));
  });

  test('posts every alarm in a chat channel', async () => {
    const template = await deploy('chat');

    const [channel] = propertiesOf(template, 'AWS::Chatbot::SlackChannelConfiguration');
    expect(channel?.SnsTopicArns).toEqual([{ Ref: expect.stringContaining('AlarmTopic') }]);
  });

  test('invokes a function when a connection of this deployment is blocked', async () => {
    const template = await deploy('rule');

    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { secret_prefix: ['zoho'], state: ['blocked'] } },
    });
    template.resourceCountIs('AWS::Lambda::Permission', 1);
  });
});

/** Runs a snippet in the constructor of a stack that has a `zoho` and a function `openIncident`. */
async function deploy(name: string): Promise<Template> {
  const stack = createStack();
  const openIncident = createConsumer(stack, 'OpenIncident');
  await runCdkSnippet(snippets.get(name), stack, { zoho: stack.zoho, openIncident });
  return Template.fromStack(stack);
}
