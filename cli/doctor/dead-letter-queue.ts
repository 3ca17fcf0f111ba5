import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { type Look, look } from '../aws/try-read.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unknown, unseen } from './finding.ts';

/** The queue of ticks that could not be delivered, and how many are in it. */
export interface QueueFacts {
  /** Undefined for a stack that was deployed before it had the output. */
  readonly url: string | undefined;
  readonly messages: Look<number>;
}

/** Counts them, as far as SQS counts: approximately. */
export async function readDeadLetterQueue(session: Session): Promise<QueueFacts> {
  const { undeliveredQueueUrl: url } = await session.deployment();
  const messages = await look(async () => {
    if (url === undefined) return 0;
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

/** Whether every tick reached the refresher in the last two weeks, as long as the queue keeps them. */
export function judgeDeadLetterQueue({ url, messages }: QueueFacts): Finding {
  if (url === undefined)
    return unknown('the stack does not say where its queue is: it is of an older version', 'npm run deploy');
  if (messages.kind === 'unseen') return unseen('the dead-letter queue', messages.error);
  const { value: count } = messages;
  return count === 0
    ? pass('empty: every tick was delivered')
    : fail(
        `${count} tick${count === 1 ? '' : 's'} of the schedule could not be delivered within 14 days`,
        `docs/runbooks/RefresherSilent.md; when it is mended: aws sqs purge-queue --queue-url ${url}`,
      );
}
