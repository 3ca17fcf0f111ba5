import type { WireAnswer } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { pageOf } from './listing.ts';
import { queryAnswer } from './query-protocol.ts';

/** A subscription of a topic. */
export interface Subscription {
  readonly protocol: string;
  readonly endpoint: string;
  /** Whether its owner has confirmed it. Only then are messages delivered. */
  readonly isConfirmed: boolean;
}

const PAGE_SIZE = 100;

/** The subscriptions of topics, by the name of the topic. */
export class Subscriptions {
  readonly #ofTopic = new Map<string, Subscription[]>();

  /** Replaces the subscriptions of a topic. */
  set(topic: string, subscriptions: readonly Subscription[]): void {
    this.#ofTopic.set(topic, [...subscriptions]);
  }

  of(topic: string): readonly Subscription[] {
    return this.#ofTopic.get(topic) ?? [];
  }
}

/**
 * ListSubscriptionsByTopic: up to 100 a page. The ARN of a subscription that is not confirmed is "PendingConfirmation".
 * Source: https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
 */
export function listSubscriptionsByTopic(
  query: ReadonlyMap<string, string>,
  topics: readonly string[],
  subscriptions: Subscriptions,
): WireAnswer {
  const TopicArn = query.get('TopicArn') ?? '';
  const topic = TopicArn.split(':').at(-1) ?? '';
  if (!topics.includes(topic)) throw new AwsError('NotFound', 'Topic does not exist');
  const { page, next } = pageOf(
    subscriptions.of(topic),
    { MaxResults: PAGE_SIZE, NextToken: query.get('NextToken') },
    'InvalidParameter',
  );
  const Subscriptions = page.map(({ protocol, endpoint, isConfirmed }, index) => ({
    TopicArn,
    Protocol: protocol,
    SubscriptionArn: isConfirmed
      ? `${TopicArn}:00000000-0000-4000-8000-${pad(index)}`
      : 'PendingConfirmation',
    Owner: TopicArn.split(':')[4],
    Endpoint: endpoint,
  }));
  return queryAnswer('ListSubscriptionsByTopic', { Subscriptions, NextToken: next });
}

function pad(index: number): string {
  return String(index).padStart(12, '0');
}
