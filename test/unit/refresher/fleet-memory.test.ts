import { expect, test } from 'vitest';
import { createFleetMemory } from '../../../lambdas/refresher/fleet-memory.ts';
import { MINUTE_MS, NOW_MS } from '../../support/builders.ts';

test('the size of the fleet is known for 50 minutes, in either direction of the clock', () => {
  const fleet = createFleetMemory();
  expect(fleet.size(NOW_MS)).toBeUndefined();

  fleet.remember(120, NOW_MS);

  expect(fleet.size(NOW_MS + 50 * MINUTE_MS - 1)).toBe(120);
  expect(fleet.size(NOW_MS + 50 * MINUTE_MS)).toBeUndefined();
  expect(fleet.size(NOW_MS - 50 * MINUTE_MS)).toBeUndefined();
});
