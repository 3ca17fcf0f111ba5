import { describe, expect, test } from 'vitest';
import { createMemories } from '../../../lambdas/refresher/memories.ts';
import { credentialsSecret, MINUTE_MS } from '../../support/builders.ts';
import { Fleet, renewedAgo } from './fleet.ts';

const CREDENTIALS = {
  us: credentialsSecret({ data_center: 'us' }),
  eu: credentialsSecret({ data_center: 'eu' }),
};

/** Half of it in us, half in eu, renewed at different minutes. */
function fleetInTwoDataCenters(size: number): Fleet {
  const fleet = new Fleet(
    ...Array.from({ length: size }, (_, index) => {
      const dataCenter = index % 2 === 0 ? 'us' : 'eu';
      const row = renewedAgo(`${dataCenter}-${index}`, ((index * 7) % 54) * MINUTE_MS);
      return { ...row, dataCenter };
    }),
  );
  fleet.onCredentials = (name) => ({
    kind: 'found',
    versionId: 'credentials-1',
    text: name.startsWith('us') ? CREDENTIALS.us : CREDENTIALS.eu,
  });
  return fleet;
}

describe('a data center that hangs for an hour', () => {
  test('delays no connection in another one, also while it recovers, and is asked once in a minute', async () => {
    const fleet = fleetInTwoDataCenters(120);

    fleet.hangs('us');
    await fleet.run(60);
    expect(fleet.callsIntoTheVoid).toBeLessThanOrEqual(25 + 60);
    fleet.hangs(undefined);
    await fleet.run(60);

    const healthy = [...fleet.restOf].filter(([name]) => name.startsWith('eu'));
    expect(healthy).toHaveLength(60);
    expect(Math.min(...healthy.map(([, restMs]) => restMs))).toBeGreaterThanOrEqual(5 * MINUTE_MS);
  });

  test('has valid tokens again three minutes after it answers, although two environments learn it by themselves', async () => {
    const fleet = fleetInTwoDataCenters(120);
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
