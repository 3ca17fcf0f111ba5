import { type Connection, isFollowing } from '../core/connection/connection.ts';
import { InfrastructureError } from '../core/failures.ts';
import { expiryOf, isInLine, planTurns, type Turns } from '../core/refresh/client-turns.ts';
import type { RefreshContext } from './refresh-context.ts';

/** Rows that are written at the same time. */
const WRITES_IN_FLIGHT = 10;

/** A connection that waits is due again a tick later at the latest, unless something else renewed it. */
const OVERDUE_MS = 2 * 60_000;

/** The renewals of a tick whose clients Zoho throttles: they take turns, the oldest token first. Those of other clients are not affected. */
export class ClientQueue {
  readonly #context: RefreshContext;
  readonly #due = new Map<string, Connection[]>();
  readonly #wait: Turns['wait'][number][] = [];

  constructor(context: RefreshContext) {
    this.#context = context;
  }

  /** True while none of the connections with the client of this row may ask. */
  isQuiet(row: Connection): boolean {
    return (this.#limitOf(row)?.quietMs ?? 0) > 0;
  }

  /** Takes the row if its client has a limit. */
  takes(row: Connection): boolean {
    const { clientKey } = row;
    if (clientKey === undefined || isFollowing(row)) return false;
    const { clientLimits, clock } = this.#context;
    if (isInLine(row)) clientLimits.adopt(clientKey, clock.elapsed());
    if (this.#limitOf(row) === undefined) return false;
    this.#due.set(clientKey, [...(this.#due.get(clientKey) ?? []), row]);
    return true;
  }

  /** The rows whose turn it is. Called once, when all rows are read. */
  start(): readonly Connection[] {
    const nowMs = this.#context.clock.now();
    return [...this.#due].flatMap(([clientKey, due]) => this.#startOf(clientKey, due, nowMs));
  }

  /** Makes the others wait. Returns how many there are. */
  async makeWait(): Promise<number> {
    const writes = this.#wait.values();
    const worker = async () => {
      for (const { row, next } of writes) await this.#write(row, next);
    };
    await Promise.all(Array.from({ length: WRITES_IN_FLIGHT }, worker));
    return this.#wait.length;
  }

  #startOf(clientKey: string, due: readonly Connection[], nowMs: number): readonly Connection[] {
    const { waitingConnections, log } = this.#context;
    const [first] = due;
    const limit = first && this.#limitOf(first);
    if (limit === undefined) return due;
    const waiting = waitingConnections.get(clientKey) ?? new Map();
    waitingConnections.set(clientKey, waiting);
    for (const { name } of due) waiting.delete(name);
    for (const [name, { untilMs }] of waiting) if (untilMs + OVERDUE_MS < nowMs) waiting.delete(name);
    const others = [...waiting.values()].map(({ expiresAtMs }) => expiresAtMs);
    const { start, wait } = planTurns(due, others, limit, nowMs);
    for (const { row, next } of wait)
      waiting.set(row.name, { expiresAtMs: expiryOf(row), untilMs: next.nextAttemptAtMs });
    this.#wait.push(...wait);
    log.warn('Zoho throttles a client', {
      client: first?.client,
      clientKey,
      started: start.length,
      waiting: waiting.size,
      reason: limit.isConfirmed
        ? 'Zoho counts the tokens of all its connections together. They take turns, the oldest token first.'
        : 'Three of its connections in a row were throttled. None of them asks for ten minutes.',
    });
    return start;
  }

  async #write(row: Connection, next: Connection): Promise<void> {
    const { clock, connections, deadlines, log } = this.#context;
    try {
      await connections.replaceIfFree(row, next, clock.now(), deadlines.work);
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      log.warn('a connection could not be made to wait for its turn', {
        connection: row.name,
        code: error.code,
      });
    }
  }

  #limitOf({ clientKey }: Connection) {
    const { clientLimits, clock } = this.#context;
    return clientKey === undefined ? undefined : clientLimits.limitOf(clientKey, clock.elapsed());
  }
}
