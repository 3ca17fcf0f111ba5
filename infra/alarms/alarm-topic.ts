import { CfnResource, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnTopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** Sender of mails and text messages. */
  readonly displayName: string;
  /** Addresses to subscribe. Each one must confirm once. */
  readonly emails: readonly string[];
  /** The key of the secrets, which encrypted the topic in version 0.2. */
  readonly encryptionKey: IKey;
}

/**
 * A topic that accepts TLS only and alarms of this account. It is not encrypted with a KMS key, because a disabled key would
 * silence the alarms about it. Notifications contain no secrets: names of connections, reasons and commands.
 *
 * Encryption with KMS is optional, and an alarm cannot use a topic that is encrypted with AWS's own key, `alias/aws/sns`.
 * Sources: Amazon SNS Developer Guide, "Securing Amazon SNS data with server-side encryption"; CloudWatch User Guide, "Notify
 * users on alarm changes".
 */
export function createAlarmTopic(
  scope: Construct,
  id: string,
  { displayName, emails, encryptionKey }: AlarmTopicProps,
): Topic {
  const topic = new Topic(scope, id, { displayName, enforceSSL: true });
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
  for (const email of emails) topic.addSubscription(new EmailSubscription(email));
  changeBefore(encryptionKey, topic);
  return topic;
}

/**
 * For this one release: an upgrade takes the key from the topic before it takes the right to use the key from alarms. In the
 * other order, alarms could not notify in between.
 */
function changeBefore(encryptionKey: IKey, topic: Topic): void {
  const key = encryptionKey.node.defaultChild;
  const isOfThisStack = CfnResource.isCfnResource(key) && Stack.of(key) === Stack.of(topic);
  // Not on the whole construct: a subscription may need the key.
  if (isOfThisStack) key.node.addDependency(topic.node.defaultChild as CfnTopic);
}
