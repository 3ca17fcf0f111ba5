import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { readSnippets } from '../support/document-snippets.ts';
import { createStack, propertiesOf } from './synthesize.ts';

const snippets = readSnippets(new URL('../../docs/alerting.md', import.meta.url));

describe('docs/alerting.md', () => {
  test('subscribes HTTPS endpoints to the topics of the composite alarms', async () => {
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
async function deploy(snippet: string): Promise<Template> {
  const stack = createStack();
  const openIncident = new LambdaFunction(stack, 'OpenIncident', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  });
  const { code = '' } = snippets.get(snippet) ?? {};
  const scope: Record<string, unknown> = { zoho: stack.zoho, openIncident };
  for (const [, names = '', module = ''] of code.matchAll(IMPORT)) {
    const imported = (await import(module)) as Record<string, unknown>;
    for (const name of names.split(',').map((each) => each.trim())) scope[name] = imported[name];
  }
  new Function(...Object.keys(scope), code.replace(IMPORT, '')).call(stack, ...Object.values(scope));
  return Template.fromStack(stack);
}

const IMPORT = /^import \{([^}]+)\} from '([^']+)';$/gm;
