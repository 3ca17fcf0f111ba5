import type { Choices } from './choices.ts';
import { isSealed, type WorldConnection } from './world-connection.ts';
import type { Action, WorldKind } from './world-kind.ts';

/** Something that a consumer, an operator or a developer does. */
export interface PlannedAction {
  readonly name: string;
  readonly what: Action;
  readonly connection: WorldConnection;
}

/** What consumers, operators and developers do in a world. When, they decide at random. */
export function planActions(
  choices: Choices,
  { mostActions, actions }: WorldKind,
  connections: readonly WorldConnection[],
): readonly PlannedAction[] {
  const [first, ...others] = connections;
  if (first === undefined) return [];
  const count = choices.between('actions', 0, mostActions);
  const names = Array.from({ length: count }, (_, index) => `action ${index}`);
  return names
    .filter((name) => choices.happens(name, 0.8))
    .map((name) => {
      const connection = choices.pick(`${name} where`, [first, ...others]);
      return {
        name,
        what: possible(choices.pick(`${name} what`, actions), connection, connections),
        connection,
      };
    });
}

/**
 * What an action is where it is impossible: no configuration names a connection that was connected at run time, no one can edit a sealed
 * token, and a fleet with sealed tokens cannot be turned off for good.
 */
function possible(
  what: Action,
  connection: WorldConnection,
  connections: readonly WorldConnection[],
): Action {
  const isImpossible =
    (what === 'remove from the configuration' && connection.home !== 'declared') ||
    (what === 'edit token' && isSealed(connection)) ||
    (what === 'turn the fleet off' && connections.some(isSealed));
  return isImpossible ? 'change the fleet' : what;
}
