import type { RefresherDoor } from './refresher-door.ts';
import {
  givenConnection,
  InvalidEventError,
  parseRefresherEvent,
  type RefresherEvent,
  type RefreshResponse,
} from './refresher-events.ts';

/** The event to handle, or the answer to a request that is refused. */
export type Admission =
  | { readonly kind: 'admitted'; readonly event: RefresherEvent }
  | { readonly kind: 'refused'; readonly answer: RefreshResponse & { readonly message: string } };

/**
 * Parses an event, and checks that callers of this door may send it. What is wrong with a request of a consumer or an operator is
 * an answer: a function error would be our failure. A malformed event of the schedule is one, so it throws
 * {@link InvalidEventError}.
 */
export function admitEvent(given: unknown, door: RefresherDoor | undefined): Admission {
  try {
    return admit(parseRefresherEvent(given), door);
  } catch (error) {
    if (!(error instanceof InvalidEventError) || door === 'schedule') throw error;
    return refuse(givenConnection(given), 'invalid-request', error.message);
  }
}

/** What callers of each door may send. */
const ALLOWED = {
  schedule: 'The alias "schedule" accepts {"action":"refresh-due"} only.',
  operators: 'The alias "operators" accepts {"action":"refresh"} only.',
  consumers:
    'The alias "consumers" accepts {"action":"refresh"} with the reason "unauthorized" or "expired" only.',
} as const satisfies Record<RefresherDoor, string>;

function admit(event: RefresherEvent, door: RefresherDoor | undefined): Admission {
  const isTick = event.action === 'refresh-due';
  const isOperators = event.action === 'refresh' && event.reason === 'operator';
  switch (door) {
    case undefined:
      // A caller of version 0.2 or earlier. Its tick is answered, and its refresh has the rights of a consumer.
      return { kind: 'admitted', event: isOperators ? { ...event, reason: 'unauthorized' } : event };
    case 'schedule':
      return isTick ? { kind: 'admitted', event } : notAllowed(event, door);
    case 'operators':
      return isTick ? notAllowed(event, door) : { kind: 'admitted', event };
    case 'consumers':
      return isTick || isOperators ? notAllowed(event, door) : { kind: 'admitted', event };
  }
}

function notAllowed(event: RefresherEvent, door: RefresherDoor): Admission {
  return refuse(event.action === 'refresh' ? event.connection : '', 'not-allowed', ALLOWED[door]);
}

function refuse(connection: string, outcome: RefreshResponse['outcome'], message: string): Admission {
  return { kind: 'refused', answer: refusal(connection, outcome, message) };
}

/** The answer to a request that names no published token. */
export function refusal(
  connection: string,
  outcome: RefreshResponse['outcome'],
  message: string,
): RefreshResponse & { readonly message: string } {
  return { connection, outcome, generation: 0, expires_at: null, message };
}
