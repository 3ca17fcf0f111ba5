import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type AwsEndpoint, type Clock, startAwsEndpoint, type WireAnswer } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';

/** An event as a rule's target gets it. */
export interface DeliveredEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  /** ISO 8601, whole seconds. */
  readonly time: string;
  readonly detail: unknown;
}

/** A running stand-in of EventBridge. */
export interface EventBridgeStandIn extends AwsEndpoint<'PutEvents'> {
  /** The events on the default bus, oldest first. */
  readonly events: readonly DeliveredEvent[];
  /** Refuses the next entries with this code, in an answer with status 200. */
  refuseEntries(errorCode: string, times?: number): void;
}

/** Limits of the service model (events, 2015-10-07). */
const requestSchema = z.object({
  Entries: z
    .array(
      z.object({
        Time: z.number().optional(),
        Source: z.string().optional(),
        DetailType: z.string().optional(),
        Detail: z.string().optional(),
        EventBusName: z.string().optional(),
      }),
    )
    .min(1)
    .max(10),
});
type Entry = z.infer<typeof requestSchema>['Entries'][number];

/** An entry becomes an event, or is refused although the request is answered with 200. */
type Judged = { readonly event: DeliveredEvent } | { readonly refusal: AwsError };

/** Starts a stand-in of EventBridge on loopback with one operation, PutEvents: AWS JSON 1.1. */
export async function startEventBridge(options: {
  readonly clock: Clock;
  /** Called with each event as it arrives. */
  readonly onEvent?: ((event: DeliveredEvent) => void) | undefined;
}): Promise<EventBridgeStandIn> {
  const { clock, onEvent = () => {} } = options;
  const events: DeliveredEvent[] = [];
  const refusals: string[] = [];

  function judge(entry: Entry): Judged {
    const planned = refusals.shift();
    return planned === undefined ? judgeEntry(entry, clock) : { refusal: new AwsError(planned, 'injected') };
  }

  const endpoint = await startAwsEndpoint<'PutEvents'>({
    name: 'events',
    clock,
    contentType: 'application/x-amz-json-1.1',
    describeCall: ({ operation }) => ({ operation }),
    execute: ({ operation, body }) => {
      if (operation !== 'PutEvents')
        throw new AwsError('UnknownOperationException', `The stand-in knows no operation "${operation}".`);
      const judged = readRequest(body).Entries.map(judge);
      for (const one of judged) {
        if (!('event' in one)) continue;
        events.push(one.event);
        onEvent(one.event);
      }
      return answerOf(judged);
    },
  });

  return {
    ...endpoint,
    events,
    refuseEntries: (errorCode, times = 1) => {
      refusals.push(...Array.from({ length: times }, () => errorCode));
    },
  };
}

/** Checks an entry as EventBridge does: source, detail type and detail are required, and the detail is a JSON object. */
function judgeEntry(entry: Entry, clock: Clock): Judged {
  const { Source, DetailType, Detail, Time, EventBusName = 'default' } = entry;
  const missing = Object.entries({ Source, DetailType, Detail }).find(([, value]) => !value);
  if (missing !== undefined) {
    return {
      refusal: new AwsError(
        'InvalidArgument',
        `Parameter ${missing[0]} is not valid. Reason: it is required.`,
      ),
    };
  }
  const detail = parseObject(Detail ?? '');
  if (detail === undefined) return { refusal: new AwsError('MalformedDetail', 'Detail is malformed.') };
  if (Source?.startsWith('aws.'))
    return { refusal: new AwsError('NotAuthorizedForSourceException', 'Not authorized for the source.') };
  if (EventBusName !== 'default')
    return { refusal: new AwsError('ResourceNotFoundException', 'No such bus.') };
  const seconds = Math.floor(Time ?? clock.now() / 1000);
  return {
    event: {
      id: randomUUID(),
      source: Source ?? '',
      'detail-type': DetailType ?? '',
      time: new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'),
      detail,
    },
  };
}

function answerOf(judged: readonly Judged[]): WireAnswer {
  const Entries = judged.map((one) =>
    'event' in one
      ? { EventId: one.event.id }
      : { ErrorCode: one.refusal.code, ErrorMessage: one.refusal.message },
  );
  const FailedEntryCount = judged.filter((one) => 'refusal' in one).length;
  return { status: 200, body: JSON.stringify({ FailedEntryCount, Entries }) };
}

function readRequest(body: string): z.infer<typeof requestSchema> {
  const parsed = requestSchema.safeParse(parseObject(body));
  if (parsed.success) return parsed.data;
  throw new AwsError('ValidationException', '1 validation error detected: the request has 1 to 10 Entries.');
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
