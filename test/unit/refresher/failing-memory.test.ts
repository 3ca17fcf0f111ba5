import { describe, expect, test } from 'vitest';
import { createFailingMemory } from '../../../lambdas/refresher/failing-memory.ts';
import { MINUTE_MS } from '../../support/builders.ts';

const LATER_MS = 15 * MINUTE_MS;

/** `a` fails from the beginning, and another one succeeds a minute later. */
function memoryWithEvidence() {
  const memory = createFailingMemory();
  memory.record('a', 'failed', 0);
  memory.record('healthy', 'succeeded', MINUTE_MS);
  return memory;
}

describe('a connection fails alone', () => {
  test('if another one has succeeded since it began to, and 15 minutes were watched', () => {
    const memory = memoryWithEvidence();

    expect(memory.failsAlone('a', 10, LATER_MS - 1)).toBe(false);
    expect(memory.failsAlone('a', 10, LATER_MS)).toBe(true);
  });

  test('not if the others succeeded only before: all depend on the same service', () => {
    const memory = createFailingMemory();
    memory.record('b', 'succeeded', 0);
    memory.record('a', 'failed', 0);
    memory.record('b', 'failed', MINUTE_MS);
    memory.record('a', 'failed', LATER_MS);

    expect(memory.failsAlone('a', 10, LATER_MS)).toBe(false);
    memory.record('c', 'succeeded', LATER_MS);
    expect(memory.failsAlone('a', 10, LATER_MS)).toBe(true);
  });

  test('not because another one is blocked or paused: that says nothing', () => {
    const memory = createFailingMemory();
    memory.record('a', 'failed', 0);
    memory.record('b', 'set-aside', MINUTE_MS);

    expect(memory.failsAlone('a', 10, LATER_MS)).toBe(false);
  });

  test('if no other one fails or succeeds in an hour: no other one is in service', () => {
    const memory = createFailingMemory();
    for (const minute of [0, 30, 60]) memory.record('a', 'failed', minute * MINUTE_MS);

    expect(memory.failsAlone('a', 10, 60 * MINUTE_MS - 1)).toBe(false);
    expect(memory.failsAlone('a', 10, 60 * MINUTE_MS)).toBe(true);
    memory.record('b', 'failed', 60 * MINUTE_MS);
    expect(memory.failsAlone('a', 10, 60 * MINUTE_MS)).toBe(false);
  });

  test('not before it has failed', () => {
    const memory = memoryWithEvidence();

    expect(memory.failsAlone('b', 10, LATER_MS)).toBe(false);
    memory.record('a', 'succeeded', LATER_MS);
    expect(memory.failsAlone('a', 10, LATER_MS)).toBe(false);
  });

  test('only while at most so many fail, each counted once until it succeeds', () => {
    const memory = memoryWithEvidence();
    for (const name of ['b', 'a', 'b']) memory.record(name, 'failed', 0);

    expect(memory.failsAlone('a', 1, LATER_MS)).toBe(false);
    expect(memory.failsAlone('a', 2, LATER_MS)).toBe(true);
    memory.record('b', 'succeeded', 2 * MINUTE_MS);
    expect(memory.failsAlone('a', 1, LATER_MS)).toBe(true);
  });

  test('while others are forgotten that have not been attempted for 35 minutes', () => {
    const memory = memoryWithEvidence();
    memory.record('b', 'failed', 0);
    memory.record('a', 'failed', MINUTE_MS);

    expect(memory.failsAlone('a', 1, 35 * MINUTE_MS)).toBe(false);
    expect(memory.failsAlone('a', 1, 35 * MINUTE_MS + 1)).toBe(true);
  });
});
