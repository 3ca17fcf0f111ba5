import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** The queue of scheduled invocations (ticks) that could not be delivered. */
export interface QueueFacts {
  readonly url: string;
  readonly messages: ReadResult<number>;
}

/** Reads the approximate number of messages. */
export async function readDeadLetterQueue(session: Session): Promise<QueueFacts> {
  const { undeliveredQueueUrl: url } = await session.deployment();
  const messages = await tryRead(async () => {
    const call = { action: 'sqs:GetQueueAttributes', resource: url.split('/').at(-1) ?? url };
    const command = new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages'],
    });
    const { Attributes } = await callAws(call, () => session.aws.sqs.send(command));
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  });
  return { url, messages };
}

/** Whether every tick of the last 14 days, the queue's retention period, reached the refresher. */
export function judgeDeadLetterQueue({ url, messages }: QueueFacts): Finding {
  if (messages.kind === 'unavailable') return unavailable('the dead-letter queue', messages.error);
  const { value: count } = messages;
  return count === 0
    ? pass('empty: every tick was delivered')
    : fail(
        `${count} tick${count === 1 ? ' was' : 's were'} not delivered in the last 14 days`,
        `See docs/runbooks/DeliveryFailed.md. After the fix, run: aws sqs purge-queue --queue-url ${url}`,
      );
}
