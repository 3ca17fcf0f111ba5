import { z } from 'zod';
import type { DeliveredEvent } from '../aws/event-bridge.ts';

/** The fields of the refresher's log lines that are told. Others are left out, whatever they hold. */
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

/** What a person wants to see although it is no fault. */
const TOLD = ['refreshed', 'connection registered', 'waiting for credentials'];
/** What is said at every look, but is news only once. */
const TOLD_ONCE = 'waiting for credentials';

/** Tells of the refresher's log what happens to connections: one line each, for a person at a terminal. */
export class ServeLog {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  readonly #lastMessages = new Map<string, string>();

  constructor(write: (line: string) => void, now: () => number) {
    this.#write = write;
    this.#now = now;
  }

  /** Takes one line of the log, as Lambda would print it. That a connection goes on waiting is not told again. */
  add(line: string): void {
    const entry = lineSchema.parse(JSON.parse(line));
    const isFault = entry.level === 'WARN' || entry.level === 'ERROR';
    if (!isFault && !TOLD.includes(entry.message)) return;
    const { connection = '', message } = entry;
    if (message === TOLD_ONCE && this.#lastMessages.get(connection) === message) return;
    this.#lastMessages.set(connection, message);
    this.tell(connection, textOf(entry));
  }

  /** Takes an event from the event bus. */
  addEvent({ detail }: DeliveredEvent): void {
    const { connection, state } = eventSchema.parse(detail);
    this.tell(connection, `event on the bus: ${state}`);
  }

  /** Says something of a connection, or of all when its name is empty. */
  tell(connection: string, text: string): void {
    const time = new Date(this.#now()).toLocaleTimeString('en-GB');
    this.#write(`${time}  ${connection.padEnd(9)} ${text}`);
  }
}

function textOf({ message, generation, code, reason, expiresAt, missingScopes = [] }: LogLine): string {
  if (message === 'refreshed') {
    const lacking =
      missingScopes.length === 0 ? '' : `; declared and not granted: ${missingScopes.join(', ')}`;
    return `refreshed: generation ${generation}, good until ${expiresAt}${lacking}`;
  }
  const why = [code, reason].filter((part) => part !== undefined).join(': ');
  return why === '' ? message : `${message}: ${why}`;
}
