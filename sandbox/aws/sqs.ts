import { z } from 'zod';
import { type AwsEndpoint, type Clock, startAwsEndpoint, type WireAnswer } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { queryCompatibleErrors } from './query-protocol.ts';

/** A running stand-in of SQS. */
export interface SqsStandIn extends AwsEndpoint<'GetQueueAttributes', 'queue'> {
  /** Sets the number of messages in a queue, which is created if necessary. */
  setMessageCount(queueName: string, messages: number): void;
}

const requestSchema = z.object({
  QueueUrl: z.string().min(1),
  AttributeNames: z.array(z.string()).optional(),
});

/** Starts a stand-in of SQS on loopback with one operation, GetQueueAttributes: AWS JSON 1.0. */
export async function startSqs({ clock }: { readonly clock: Clock }): Promise<SqsStandIn> {
  const messageCounts = new Map<string, number>();
  const endpoint = await startAwsEndpoint<'GetQueueAttributes', 'queue'>({
    name: 'sqs',
    clock,
    contentType: 'application/x-amz-json-1.0',
    encodeError: queryCompatibleErrors({ QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue' }),
    describeCall: ({ operation, body }) => ({ operation, queue: queueIn(readRequest(body)?.QueueUrl) }),
    execute: ({ operation, body }) => {
      if (operation !== 'GetQueueAttributes')
        throw new AwsError('UnknownOperationException', `The stand-in knows no operation "${operation}".`);
      return getQueueAttributes(messageCounts, body);
    },
  });

  return {
    ...endpoint,
    setMessageCount: (queueName, messages) => {
      messageCounts.set(queueName, messages);
    },
  };
}

function getQueueAttributes(messageCounts: ReadonlyMap<string, number>, body: string): WireAnswer {
  const request = readRequest(body);
  if (request === undefined)
    throw new AwsError('MissingParameter', 'The request must contain the parameter QueueUrl.');
  const queue = queueIn(request.QueueUrl) ?? '';
  const messages = messageCounts.get(queue);
  if (messages === undefined)
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist for this wsdl version.');

  const { AttributeNames: asked = [] } = request;
  const attributes = Object.entries({
    QueueArn: `arn:aws:sqs:eu-west-1:000000000000:${queue}`,
    ApproximateNumberOfMessages: String(messages),
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '0',
  }).filter(([name]) => asked.includes('All') || asked.includes(name));
  return { status: 200, body: JSON.stringify({ Attributes: Object.fromEntries(attributes) }) };
}

function readRequest(body: string): z.infer<typeof requestSchema> | undefined {
  try {
    return requestSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** A queue's name is the end of its URL. The host has no meaning. */
function queueIn(queueUrl: string | undefined): string | undefined {
  return queueUrl?.split('/').at(-1);
}
