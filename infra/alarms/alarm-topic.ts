import { CfnResource, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnTopic, type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { ExistingResources } from '../existing-resources.ts';
import type { Settings } from '../settings/settings.ts';
import type { Audience } from './alarm-definition.ts';
import { warnOfUnheardAlarms } from './warn-of-unheard-alarms.ts';

interface AlarmTopicProps {
  /** Sender of mails and text messages. */
  readonly displayName: string;
  /** Addresses to subscribe. Each one must confirm once. */
  readonly emails: readonly string[];
  /** The key of the secrets, which encrypted the topic in version 0.2. */
  readonly encryptionKey: IKey;
}

/** The topics of all alarms, and of each audience: those of the user, or new ones. */
export function alarmTopics(
  scope: Construct,
  {
    resources,
    settings,
    encryptionKey,
  }: {
    readonly resources: Pick<ExistingResources, 'alarmTopic' | 'pageTopic' | 'ticketTopic'>;
    readonly settings: Pick<Settings, 'alarmEmails' | 'pageEmails' | 'ticketEmails'>;
    readonly encryptionKey: IKey;
  },
): { readonly topic: ITopic; readonly topicOf: Readonly<Record<Audience, ITopic>> } {
  const create = (id: string, what: string, emails: readonly string[]) =>
    createAlarmTopic(scope, id, { displayName: `Zoho Token Refresher ${what}`, emails, encryptionKey });
  const topic = resources.alarmTopic ?? create('AlarmTopic', 'alarms', settings.alarmEmails);
  const page = resources.pageTopic ?? create('PageTopic', 'page', settings.pageEmails);
  const ticket = resources.ticketTopic ?? create('TicketTopic', 'ticket', settings.ticketEmails);
  // Someone else decides who listens to topics of their own.
  if (resources.pageTopic === undefined && resources.alarmTopic === undefined)
    warnOfUnheardAlarms(scope, [page, topic]);
  return { topic, topicOf: { page, ticket } };
}

/**
 * A topic that accepts TLS only and alarms of this account. It is not encrypted with a KMS key, because a disabled key would
 * silence the alarms about it. Notifications contain no secrets: names of connections, reasons and commands.
 *
 * Encryption with KMS is optional, and an alarm cannot use a topic that is encrypted with AWS's own key, `alias/aws/sns`.
 * Sources: Amazon SNS Developer Guide, "Securing Amazon SNS data with server-side encryption"; CloudWatch User Guide, "Notify
 * users on alarm changes".
 */
function createAlarmTopic(
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
