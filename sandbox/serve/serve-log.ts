import { z } from 'zod';
import type { DeliveredEvent } from '../aws/event-bridge.ts';
import type { PublishedMessage } from '../aws/sns.ts';

/** The fields of the refresher's log lines that are shown. Others are omitted. */
const lineSchema = z.object({
  level: z.string(),
  message: z.string(),
  connection: z.string().optional(),
  generation: z.number().optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
  expiresAt: z.string().optional(),
  missingScopes: z.array(z.string()).optional(),
});
type LogLine = z.infer<typeof lineSchema>;

const eventSchema = z.object({ connection: z.string(), state: z.string() });

/** Messages that are shown although they are not problems. */
const SHOWN = ['refreshed', 'connection registered', 'waiting for credentials'];
/** Logged at every check, but shown once. */
const SHOWN_ONCE = 'waiting for credentials';

/** Below the text of a line, after the time and the name of a connection. */
const INDENT = ' '.repeat(20);

/** Prints what happens to connections, one line each, from the refresher's log. */
export class ServeLog {
  readonly #writeLine: (line: string) => void;
  readonly #now: () => number;
  readonly #lastMessages = new Map<string, string>();

  constructor(write: (line: string) => void, now: () => number) {
    this.#writeLine = write;
    this.#now = now;
  }

  /** Takes a log line as Lambda would print it. A connection that keeps waiting is shown once. */
  add(line: string): void {
    const entry = lineSchema.parse(JSON.parse(line));
    const isProblem = entry.level === 'WARN' || entry.level === 'ERROR';
    if (!isProblem && !SHOWN.includes(entry.message)) return;
    const { connection = '', message } = entry;
    if (message === SHOWN_ONCE && this.#lastMessages.get(connection) === message) return;
    this.#lastMessages.set(connection, message);
    this.write(connection, textOf(entry));
  }

  /** Takes an event of the event bus. */
  addEvent({ detail }: DeliveredEvent): void {
    const { connection, state } = eventSchema.parse(detail);
    this.write(connection, `event: ${state}`);
  }

  /** Takes a message of a topic: the subject, then what on-call reads. */
  addNotification({
    subject = '',
    message,
    attributes,
  }: Pick<PublishedMessage, 'subject' | 'message' | 'attributes'>): void {
    this.write(attributes.connection ?? attributes.client ?? '', `notification: ${subject}`);
    for (const line of message.split('\n').filter((each) => each !== '')) this.#writeLine(`${INDENT}${line}`);
  }

  /** Prints a line about a connection, or about all if the name is empty. */
  write(connection: string, text: string): void {
    const time = new Date(this.#now()).toLocaleTimeString('en-GB');
    this.#writeLine(`${time}  ${connection.padEnd(9)} ${text}`);
  }
}

function textOf({ message, generation, code, reason, expiresAt, missingScopes = [] }: LogLine): string {
  if (message === 'refreshed') {
    const lacking =
      missingScopes.length === 0 ? '' : `; declared but not granted: ${missingScopes.join(', ')}`;
    return `refreshed: generation ${generation}, valid until ${expiresAt}${lacking}`;
  }
  const why = [code, reason].filter((part) => part !== undefined).join(': ');
  return why === '' ? message : `${message}: ${why}`;
}
