import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type AwsEndpoint, type Clock, startAwsEndpoint, type WireAnswer } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { queryAnswer, queryErrorAnswer, readQuery, XML_CONTENT_TYPE } from './query-protocol.ts';
import { parseJson } from './secret-requests.ts';
import { listSubscriptionsByTopic, Subscriptions } from './sns-subscriptions.ts';

/** A message as a subscription of its topic gets it. */
export interface PublishedMessage {
  /** Name of the topic. */
  readonly topic: string;
  readonly subject: string | undefined;
  readonly message: string;
  /** What a subscription of each protocol gets, where it differs. */
  readonly messageOf: Readonly<Record<string, string>>;
  /** By name. Subscriptions can filter by them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly atMs: number;
}

/** A running stand-in of SNS. */
export interface SnsStandIn extends AwsEndpoint<SnsOperation, 'topic'> {
  /** What was published to the topics, oldest first. */
  readonly messages: readonly PublishedMessage[];
  /** Who is subscribed, by the names of the topics. At first no one is. */
  readonly subscriptions: Subscriptions;
}

type SnsOperation = 'Publish' | 'ListSubscriptionsByTopic';

/**
 * "Subjects must be ASCII text that begins with a letter, number, or punctuation mark; must not include line breaks or control
 * characters; and must be less than 100 characters long." Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
const SUBJECT = /^[!-~][ -~]{0,98}$/;

/** In all, in bytes. Source: the same page. */
const LONGEST_MESSAGE = 256 * 1024;

/** Starts a stand-in of SNS on loopback with two operations and these topics: AWS Query, XML. */
export async function startSns(options: {
  readonly clock: Clock;
  readonly topics: readonly string[];
  /** Called with each message as it is published. */
  readonly onMessage?: ((message: PublishedMessage) => void) | undefined;
}): Promise<SnsStandIn> {
  const { clock, topics, onMessage = () => {} } = options;
  const messages: PublishedMessage[] = [];
  const subscriptions = new Subscriptions();
  const endpoint = await startAwsEndpoint<SnsOperation, 'topic'>({
    name: 'sns',
    clock,
    contentType: XML_CONTENT_TYPE,
    encodeError: (error) => queryErrorAnswer(asSnsCallsIt(error)),
    describeCall: ({ body }) => {
      const query = readQuery(body);
      return { operation: query.get('Action') ?? '', topic: topicIn(query.get('TopicArn')) };
    },
    execute: ({ body }) => {
      const query = readQuery(body);
      const action = query.get('Action') ?? '';
      if (action === 'ListSubscriptionsByTopic')
        return listSubscriptionsByTopic(query, topics, subscriptions);
      if (action !== 'Publish')
        throw new AwsError('InvalidAction', `The stand-in knows no operation "${action}".`);
      const message = { ...checkMessage(query, topics), atMs: clock.now() };
      messages.push(message);
      onMessage(message);
      return published(action);
    },
  });
  return { ...endpoint, messages, subscriptions };
}

function published(action: string): WireAnswer {
  return queryAnswer(action, { MessageId: randomUUID() });
}

function checkMessage(
  query: ReadonlyMap<string, string>,
  topics: readonly string[],
): Omit<PublishedMessage, 'atMs'> {
  const topic = topicIn(query.get('TopicArn'));
  const subject = query.get('Subject');
  const message = query.get('Message') ?? '';
  if (topic === undefined || !topics.includes(topic)) throw new AwsError('NotFound', 'Topic does not exist');
  if (message === '') throw invalid('Empty message');
  if (Buffer.byteLength(message) > LONGEST_MESSAGE) throw invalid('Message too long');
  if (subject !== undefined && !SUBJECT.test(subject)) throw invalid('Subject');
  return { topic, subject, ...messagesIn(query, message), attributes: attributesIn(query) };
}

/** With the message structure `json`, the message is an object of messages by protocol, one of them the default. */
function messagesIn(
  query: ReadonlyMap<string, string>,
  text: string,
): Pick<PublishedMessage, 'message' | 'messageOf'> {
  if (query.get('MessageStructure') !== 'json') return { message: text, messageOf: {} };
  const parsed = byProtocol.safeParse(parseJson(text));
  if (!parsed.success) throw invalid('Message Structure - No default entry in JSON message body');
  const { default: message, ...messageOf } = parsed.data;
  return { message, messageOf };
}

const byProtocol = z.intersection(z.object({ default: z.string() }), z.record(z.string(), z.string()));

function attributesIn(query: ReadonlyMap<string, string>): Record<string, string> {
  const entries = [...query].flatMap(([key, name]) => {
    const index = /^MessageAttributes\.entry\.(\d+)\.Name$/.exec(key)?.[1];
    if (index === undefined) return [];
    const value = query.get(`MessageAttributes.entry.${index}.Value.StringValue`);
    if (query.get(`MessageAttributes.entry.${index}.Value.DataType`) !== 'String' || !value)
      throw invalid(`The message attribute '${name}' must contain a non-empty String value`);
    return [[name, value]];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

/** SNS has a name of its own for what IAM refuses, and for a rate that is exceeded. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AuthorizationError',
  ThrottlingException: 'Throttled',
};

function asSnsCallsIt(error: AwsError): AwsError {
  return new AwsError(OWN_NAMES[error.code] ?? error.code, error.message);
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${reason}`);
}

/** A topic's name is the end of its ARN. */
function topicIn(arn: string | undefined): string | undefined {
  return arn?.split(':').at(-1);
}
