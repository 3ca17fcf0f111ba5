import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { ZohoTokenRefresherProps } from '../../../infra/token-refresher-props.ts';
import type { CloudFormationTemplate } from '../../support/cloudformation/template.ts';
import { createApp, createStack, TWO_CONNECTIONS } from '../synthesize.ts';

/** The templates of an app. */
export interface UpgradedApp {
  readonly provider: CloudFormationTemplate;
  readonly consumer: CloudFormationTemplate;
}

/**
 * An app with all kinds of callers: the schedule, a consumer in the stack, one in another stack, and one in another account.
 * `app-0.2.0.json` is what version 0.2 made of it.
 */
export function synthesizeApp(
  settings: Pick<ZohoTokenRefresherProps, 'dashboard' | 'connectedStore' | 'fleetShards'> = {},
): UpgradedApp {
  const app = createApp();
  // The default of the construct library: exports, which cannot be removed while another stack imports them.
  app.node.setContext('@aws-cdk/core:defaultCrossStackReferences', 'strong');
  const stack = createStack(
    {
      connections: TWO_CONNECTIONS,
      alarmEmails: ['on-call@example.com'],
      exampleConsumer: 'crm-prod',
      ...settings,
    },
    app,
  );
  const other = new Stack(app, 'Consumer');
  const consumer = new LambdaFunction(other, 'Consumer', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  });
  stack.zoho.connection('crm-prod').attachTo(consumer);
  stack.zoho.connection('crm-prod').grantRequestRefresh(new AccountPrincipal('111122223333'));
  return { provider: templateOf(stack), consumer: templateOf(other) };
}

function templateOf(stack: Stack): CloudFormationTemplate {
  return Template.fromStack(stack).toJSON() as CloudFormationTemplate;
}
