import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { allowAlarms } from '../encryption-key.ts';

export interface AlarmTopicProps {
  /** Sender of mails and text messages. */
  readonly displayName: string;
  /** Its policy is extended so that alarms can publish, unless it is imported. */
  readonly encryptionKey: IKey;
  /** Addresses to subscribe. Each one must confirm once. */
  readonly emails: readonly string[];
}

/** An encrypted topic that accepts TLS only and alarms of this account. */
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
  // A topic with a policy does not get SNS's default policy, which would let alarms of the account publish.
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
  allowAlarms(scope, encryptionKey);
  for (const email of emails) topic.addSubscription(new EmailSubscription(email));
  return topic;
}
