import { CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ZohoTokenRefresher } from './token-refresher.ts';
import type { ZohoTokenRefresherProps } from './token-refresher-props.ts';

/** Default name of the stack. */
export const DEFAULT_STACK_NAME = 'ZohoTokenRefresher';

/** A stack with one {@link ZohoTokenRefresher}, and outputs for `zoho-tokens` and the runbooks. */
export class ZohoTokenRefresherStack extends Stack {
  readonly zoho: ZohoTokenRefresher;

  constructor(
    scope: Construct,
    id: string,
    props: ZohoTokenRefresherProps = {},
    stackProps: StackProps = {},
  ) {
    super(scope, id, {
      description: 'Keeps one valid Zoho access token per connection in Secrets Manager',
      terminationProtection: props.terminationProtection ?? false,
      ...stackProps,
    });
    this.zoho = new ZohoTokenRefresher(this, 'Zoho', props);
    // Not the dashboard: CloudFormation supports its tags only since May 2026, and not in every region.
    const excludeResourceTypes = ['AWS::CloudWatch::Dashboard'];
    Tags.of(this).add('application', 'zoho-token-refresher', { excludeResourceTypes });

    const { refresher, schedule, table, secretPrefix, encryptionKey, consent, exampleConsumer } = this.zoho;
    const { alarmTopic, pageTopic, ticketTopic } = this.zoho;
    new CfnOutput(this, 'RefresherFunctionName', { value: refresher.functionName });
    new CfnOutput(this, 'ConnectionsTableName', { value: table.tableName });
    new CfnOutput(this, 'SecretPrefix', { value: secretPrefix });
    new CfnOutput(this, 'AlarmTopicArn', { value: alarmTopic.topicArn });
    new CfnOutput(this, 'PageTopicArn', { value: pageTopic.topicArn });
    new CfnOutput(this, 'TicketTopicArn', { value: ticketTopic.topicArn });
    new CfnOutput(this, 'KeyArn', { value: encryptionKey.keyArn });
    new CfnOutput(this, 'ScheduleName', { value: schedule.scheduleName });
    new CfnOutput(this, 'UndeliveredQueueUrl', { value: schedule.undelivered.queueUrl });
    if (consent !== undefined) {
      new CfnOutput(this, 'ConsentUrl', { value: consent.url });
      new CfnOutput(this, 'ConsentRedirectUri', { value: consent.redirectUri });
      if (consent.domainTarget !== undefined)
        new CfnOutput(this, 'ConsentDomainTarget', { value: consent.domainTarget });
    }
    if (exampleConsumer !== undefined) {
      new CfnOutput(this, 'ExampleConsumerFunctionName', { value: exampleConsumer.functionName });
    }
  }
}
