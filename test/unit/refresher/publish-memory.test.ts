import { expect, test } from 'vitest';
import { createPublishMemory } from '../../../lambdas/refresher/publish-memory.ts';
import { SECOND_MS } from '../../support/builders.ts';

test('an environment that was throttled is quiet for 20 seconds after the last time', () => {
  const publishes = createPublishMemory();
  expect(publishes.quietForMs(0)).toBe(0);

  publishes.recordThrottle(5 * SECOND_MS);
  publishes.recordThrottle(10 * SECOND_MS);

  expect(publishes.quietForMs(10 * SECOND_MS)).toBe(20 * SECOND_MS);
  expect(publishes.quietForMs(30 * SECOND_MS - 1)).toBe(1);
  expect(publishes.quietForMs(30 * SECOND_MS)).toBe(0);
});
