import { describe, expect, test } from 'vitest';
import { createMemories } from '../../../lambdas/refresher/memories.ts';
import { HangingDataCenter } from '../../simulation/fleets/hanging-data-center.ts';

describe('a data center that hangs for an hour', () => {
  test('has valid tokens again three minutes after it answers, although two environments learn it by themselves', async () => {
    const { fleet } = new HangingDataCenter(120);
    const environments = [createMemories(), createMemories()];

    fleet.hangs('us');
    for (let minute = 0; minute < 60; minute += 1) {
      Object.assign(fleet.memories, environments[minute % 2]);
      await fleet.run(1);
    }
    expect(fleet.callsIntoTheVoid).toBeLessThanOrEqual(2 * 25 + 60);
    fleet.hangs(undefined);
    await fleet.run(3);

    const nowMs = fleet.clock.now();
    const without = [...fleet.rows.values()].filter(({ token }) => (token?.expiresAtMs ?? 0) <= nowMs);
    expect(without).toEqual([]);
  });
});
