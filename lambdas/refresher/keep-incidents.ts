import type { Connection } from '../core/connection/connection.ts';
import { declarationOf } from '../core/connection/declared-connection.ts';
import { withBlockedAt } from '../core/connection/parking.ts';
import { shareOfFleet } from '../core/incidents/alarm-weight.ts';
import { withIncidents } from '../core/incidents/incidents.ts';
import type { WriteResult } from '../core/ports.ts';
import type { RefreshRequest } from '../core/refresh/refresh-decision.ts';
import type { AttemptContext } from './refresh-context.ts';

/**
 * Wraps a context so that every row that the attempt writes says since when the connection is blocked and, if someone is notified,
 * has its incidents. `lastWritten` is the latest one,
 * for the notifications that are pending in it.
 */
export function keepIncidents(
  context: AttemptContext,
  request: RefreshRequest,
): {
  readonly context: AttemptContext;
  readonly lastWritten: () => Connection | undefined;
} {
  const { connections, clock, settings, failing, fleet } = context;
  let last: Connection | undefined;
  const isAlone = (name: string) =>
    request.kind === 'scheduled' &&
    failing.failsAlone(name, shareOfFleet(fleet.size(clock.now())), clock.elapsed());

  async function keep(
    before: Connection,
    after: Connection,
    write: (next: Connection) => Promise<WriteResult>,
  ): Promise<WriteResult> {
    const declared = declarationOf(settings.declaredConnections, before.name);
    const nowMs = clock.now();
    const dated = withBlockedAt(before, after, nowMs);
    const next =
      settings.sender === undefined
        ? dated
        : withIncidents({ before, after: dated, declared, isAlone: isAlone(before.name) }, nowMs);
    const result = await write(next);
    if (result.written) last = result.row;
    return result;
  }

  return {
    context: {
      ...context,
      connections: {
        ...connections,
        replaceIfFree: (seen, next, nowMs, signal) =>
          keep(seen, next, (row) => connections.replaceIfFree(seen, row, nowMs, signal)),
        replaceIfHeld: (held, next, signal) =>
          keep(held, next, (row) => connections.replaceIfHeld(held, row, signal)),
      },
    },
    lastWritten: () => last,
  };
}
