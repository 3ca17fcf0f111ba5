import { expect, test } from 'vitest';
import { createLostRowMemory } from '../../../lambdas/refresher/lost-row-memory.ts';
import { MINUTE_MS } from '../../support/builders.ts';

test('four lost rows are notified in an hour, and no more', () => {
  const memory = createLostRowMemory();

  const notified = ['a', 'b', 'c', 'd', 'e', 'f'].filter((name) => memory.mayNotify(name, 0));

  expect(notified).toEqual(['a', 'b', 'c', 'd']);
  expect(memory.recent(60 * MINUTE_MS)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(memory.recent(60 * MINUTE_MS + 1)).toEqual([]);
  expect(memory.mayNotify('g', 60 * MINUTE_MS + 1)).toBe(true);
});

test('a row that is lost again is one row', () => {
  const memory = createLostRowMemory();

  for (let time = 0; time < 5; time += 1) expect(memory.mayNotify('a', time)).toBe(true);

  expect(memory.recent(5)).toEqual(['a']);
});
