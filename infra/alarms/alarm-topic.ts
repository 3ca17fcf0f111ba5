import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** What mails and text messages say they are from. */
  readonly displayName: string;
  /** Key whose policy lets CloudWatch alarms use it. */
  readonly encryptionKey: IKey;
  /** Addresses to subscribe; each one has to confirm once. */
  readonly emails: readonly string[];
}

/** An encrypted, TLS-only topic that alarms of this account may notify. */
export function createAlarmTopic(
  scope: Construct,
  id: string,
  { displayName, encryptionKey, emails }: AlarmTopicProps,
): Topic {
  const topic = new Topic(scope, id, {
    displayName,
    masterKey: encryptionKey,
    enforceSSL: true,
  });
  // A topic with a policy of its own loses SNS's default one, which is what lets alarms of the account publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccountPublish',
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  for (const email of emails) topic.addSubscription(new EmailSubscription(email));
  return topic;
}
