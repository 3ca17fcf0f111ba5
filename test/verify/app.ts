import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { ZohoTokenRefresher } from '../../infra/token-refresher.ts';
import { CONNECTION, contextOf } from './place.ts';
import { PROBER_CODE } from './prober.ts';

/**
 * The CDK app that `npm run verify` deploys: the construct in a stack of its user, a consumer that tries what it must not do,
 * and a queue in place of a person's mailbox.
 */
const app = new App();
const { secretPrefix, stackName } = contextOf((key) => app.node.tryGetContext(key));
const stack = new Stack(app, stackName);
const zoho = new ZohoTokenRefresher(stack, 'Zoho', {
  secretPrefix,
  removalPolicy: 'destroy',

  connections: { [CONNECTION]: { dataCenter: 'eu', scopes: ['ZohoCRM.modules.READ'] } },
});

const inbox = new Queue(stack, 'Inbox', { removalPolicy: RemovalPolicy.DESTROY });
zoho.alarmTopic.addSubscription(new SqsSubscription(inbox));
zoho.ticketTopic.addSubscription(new SqsSubscription(inbox));

const prober = new LambdaFunction(stack, 'Prober', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline(PROBER_CODE),
});
zoho.connection(CONNECTION).attachTo(prober);

new CfnOutput(stack, 'InboxUrl', { value: inbox.queueUrl });
new CfnOutput(stack, 'ProberName', { value: prober.functionName });
app.synth();
