import type { Choices } from './choices.ts';
import type { WorldConnection } from './world-connection.ts';
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
    .map((name) => ({
      name,
      what: choices.pick(`${name} what`, actions),
      connection: choices.pick(`${name} where`, [first, ...others]),
    }));
}
