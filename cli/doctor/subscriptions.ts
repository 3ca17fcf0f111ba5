import { paginateListSubscriptionsByTopic, type SNSClient } from '@aws-sdk/client-sns';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import type { InfrastructureError } from '../../lambdas/core/failures.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** Who is subscribed to a topic. */
export interface TopicFacts {
  readonly topic: TopicName;
  readonly arn: string;
  readonly subscriptions: ReadResult<{ readonly confirmed: number; readonly pending: number }>;
}

export type TopicName = keyof Deployment['topics'];

/** Those with pages first. */
const TOPICS = ['page', 'alarm', 'ticket'] as const satisfies readonly TopicName[];

/** Reads the subscriptions of the three topics. */
export async function readSubscriptions(session: Session): Promise<readonly TopicFacts[]> {
  const { topics } = await session.deployment();
  return await Promise.all(
    TOPICS.map(async (topic) => {
      const arn = topics[topic];
      return { topic, arn, subscriptions: await tryRead(() => countSubscriptions(session.aws.sns, arn)) };
    }),
  );
}

/** A subscription that is not confirmed, or was deleted, has a word in the place of its ARN. */
async function countSubscriptions(client: SNSClient, TopicArn: string) {
  const counts = { confirmed: 0, pending: 0 };
  await callAws({ action: 'sns:ListSubscriptionsByTopic', resource: TopicArn }, async () => {
    for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn }))
      for (const { SubscriptionArn = '' } of Subscriptions) {
        if (SubscriptionArn.startsWith('arn:')) counts.confirmed += 1;
        else if (SubscriptionArn === 'PendingConfirmation') counts.pending += 1;
      }
  });
  return counts;
}

/** Whether a page reaches anyone: every page is sent to the page topic, and its alarms to the alarm topic as well. */
export function judgeSubscriptions(topics: readonly TopicFacts[]): Finding {
  const details = topics.map(describe);
  const ofPages = topics.filter(({ topic }) => topic !== 'ticket');
  const heard = ofPages.filter(({ subscriptions: read }) => read.kind === 'read' && read.value.confirmed > 0);
  if (heard.length > 0) {
    return pass(`someone listens to the ${heard.map(({ topic }) => topic).join(' and ')} topic`, details);
  }
  const [unread] = ofPages.flatMap(({ subscriptions }) =>
    subscriptions.kind === 'unavailable' && !isMissing(subscriptions.error) ? [subscriptions.error] : [],
  );
  if (unread !== undefined) return unavailable('who is subscribed to the page and alarm topics', unread);
  return fail(
    'no one is notified: neither the page topic nor the alarm topic has a confirmed subscription',
    'Confirm the subscription by the mail that SNS sent, or subscribe: see docs/alerting.md.',
    details,
  );
}

function describe({ topic, arn, subscriptions }: TopicFacts): string {
  if (subscriptions.kind === 'unavailable')
    return isMissing(subscriptions.error)
      ? `${topic} topic: ${arn} does not exist`
      : `${topic} topic: could not be read`;
  const { confirmed, pending } = subscriptions.value;
  const waiting = pending === 0 ? '' : `, ${pending} not confirmed yet`;
  return `${topic} topic: ${confirmed === 0 ? 'no confirmed subscription' : `${confirmed} confirmed`}${waiting}`;
}

function isMissing({ code }: InfrastructureError): boolean {
  return code === 'aws_not_found';
}
