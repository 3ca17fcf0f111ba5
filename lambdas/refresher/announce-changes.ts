import { stateChangesOf } from '../core/connection/state-change.ts';
import { InfrastructureError } from '../core/failures.ts';
import type { RefreshContext } from './refresh-context.ts';
import type { RefreshResult } from './refresh-result.ts';

/**
 * Announces what a committed attempt has changed, as far as anybody wants to hear of it. Once, and best effort: a bus that
 * cannot be reached is logged, and fails nothing. The alarms do not depend on it.
 */
export async function announceChanges(
  context: RefreshContext,
  { replaced, connection }: RefreshResult,
): Promise<void> {
  if (replaced === undefined) return;
  const { announcedStates } = context.settings;
  const changes = stateChangesOf(replaced, connection, context.clock.now()).filter(({ state }) =>
    announcedStates.includes(state),
  );
  if (changes.length === 0) return;
  try {
    await context.stateChanges.announce(changes, context.deadlines.report);
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    context.log.warn('a state change could not be announced', {
      connection: connection.name,
      states: changes.map(({ state }) => state),
      code: error.code,
      reason: error.message,
    });
  }
}
