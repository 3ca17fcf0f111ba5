import { expect, test } from 'vitest';
import { checksOf } from '../../capacity/acceptance.ts';
import { runCapacity } from '../../capacity/capacity.ts';

test('small fleets meet every figure, and the model has those of the real handler', {
  timeout: 300_000,
}, async () => {
  const result = await runCapacity({ isQuick: true, onProgress: () => {} });

  const checks = checksOf(result);
  expect(checks.filter(({ isMet }) => !isMet)).toEqual([]);
  expect(checks.length).toBeGreaterThan(30);
});
