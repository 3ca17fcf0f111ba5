import { describe, expect, test } from 'vitest';
import { createFailingMemory } from '../../../lambdas/refresher/failing-memory.ts';
import { MINUTE_MS } from '../../support/builders.ts';

const LATER_MS = 15 * MINUTE_MS;

describe('the memory of connections that fail', () => {
  test('knows nothing before it has watched for 15 minutes', () => {
    const memory = createFailingMemory();
    expect(memory.areAtMost(10, 0)).toBe(false);

    memory.record('a', false, 0);

    expect(memory.areAtMost(10, LATER_MS - 1)).toBe(false);
    expect(memory.areAtMost(10, LATER_MS)).toBe(true);
  });

  test('counts each connection once, until it succeeds', () => {
    const memory = createFailingMemory();
    for (const name of ['a', 'b', 'a', 'b']) memory.record(name, true, 0);

    expect(memory.areAtMost(1, LATER_MS)).toBe(false);
    expect(memory.areAtMost(2, LATER_MS)).toBe(true);
    memory.record('a', false, MINUTE_MS);
    expect(memory.areAtMost(1, LATER_MS)).toBe(true);
  });

  test('forgets those that have not been attempted for 35 minutes', () => {
    const memory = createFailingMemory();
    memory.record('a', true, 0);
    memory.record('b', true, 0);
    memory.record('a', true, MINUTE_MS);

    expect(memory.areAtMost(1, 35 * MINUTE_MS)).toBe(false);
    expect(memory.areAtMost(1, 35 * MINUTE_MS + 1)).toBe(true);
    expect(memory.areAtMost(0, 36 * MINUTE_MS)).toBe(false);
  });
});
