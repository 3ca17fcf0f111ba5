import { describe, expect, it } from 'vitest';
import type { Violation } from './promises/promise.ts';
import { shorten } from './shorten.ts';

const BROKEN: Violation = { promise: 'I1', message: 'two at once' };

/** A world that breaks I1 when all of `causes` happen, and I4 when only some of the others do. */
function worldThatNeeds(causes: readonly string[]) {
  return async (allowed: ReadonlySet<string>) => {
    const taken = [...allowed];
    const violation = causes.every((cause) => allowed.has(cause)) ? BROKEN : undefined;
    return await Promise.resolve({ violation, taken });
  };
}

const TAKEN = Array.from({ length: 100 }, (_, index) => `fault ${index}`);

describe('a failing run', () => {
  it('is shortened to what it takes to fail', async () => {
    const run = worldThatNeeds(['fault 3', 'fault 70', 'fault 99']);

    const { needed, violation } = await shorten({ run, violation: BROKEN, taken: TAKEN });

    expect([...needed]).toEqual(['fault 3', 'fault 70', 'fault 99']);
    expect(violation).toBe(BROKEN);
  });

  it('that fails by itself is shortened to nothing', async () => {
    const { needed } = await shorten({ run: worldThatNeeds([]), violation: BROKEN, taken: TAKEN });

    expect([...needed]).toEqual([]);
  });

  it('is not shortened to one that breaks another promise', async () => {
    const run = async (allowed: ReadonlySet<string>) => {
      const promise = allowed.size === TAKEN.length ? 'I1' : 'I4';
      return await Promise.resolve({ violation: { ...BROKEN, promise } as const, taken: [...allowed] });
    };

    const { needed } = await shorten({ run, violation: BROKEN, taken: TAKEN });

    expect(needed.size).toBe(TAKEN.length);
  });

  it('is shortened by so many runs and no more', async () => {
    let runs = 0;
    const run = (allowed: ReadonlySet<string>) => {
      runs += 1;
      return worldThatNeeds(TAKEN)(allowed);
    };

    await shorten({ run, violation: BROKEN, taken: TAKEN, maxRuns: 50 });

    expect(runs).toBe(50);
  });
});
