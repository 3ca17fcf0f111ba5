import type { Choices } from './choices.ts';
import { type Habit, pickHabit } from './pick-habit.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WorldKind } from './world-kind.ts';

export interface PlannedConsumer {
  readonly name: string;
  readonly connection: WorldConnection;
  readonly habit: Habit;
}

/** The consumers of a world. */
export function planConsumers(
  choices: Choices,
  kind: WorldKind,
  connections: readonly WorldConnection[],
): readonly PlannedConsumer[] {
  const [first, ...others] = connections;
  if (first === undefined) return [];
  const count = choices.pick('consumers', kind.consumers);
  return Array.from({ length: count }, (_, index) => {
    const name = `K${index}`;
    const connection = choices.pick(`${name} connection`, [first, ...others]);
    return { name, connection, habit: pickHabit(choices, name, { kind, isFirst: index === 0 }) };
  });
}
