import { describe, expect, it } from 'vitest';
import type { Violation } from './promises/promise.ts';
import { shorten } from './shorten.ts';

const BROKEN: Violation = { promise: 'I1', message: 'two at once' };
const INCIDENTS = Array.from({ length: 100 }, (_, index) => `fault ${index}`);

/** Shortens a run that breaks I1 when all of `causes` happen. */
function shortenRunWith(causes: readonly string[], maxRuns?: number) {
  const run = async (allowed: ReadonlySet<string>) => {
    const violation = causes.every((cause) => allowed.has(cause)) ? BROKEN : undefined;
    return await Promise.resolve({ violation, incidents: [...allowed] });
  };
  return shorten({ run, violation: BROKEN, incidents: INCIDENTS, ...(maxRuns && { maxRuns }) });
}

describe('a failing run', () => {
  it('is shortened to the incidents that make it fail', async () => {
    const { needed, violation } = await shortenRunWith(['fault 3', 'fault 70', 'fault 99']);

    expect([...needed]).toEqual(['fault 3', 'fault 70', 'fault 99']);
    expect(violation).toBe(BROKEN);
  });

  it('is shortened to nothing when it fails without incidents', async () => {
    const { needed } = await shortenRunWith([]);

    expect([...needed]).toEqual([]);
  });

  it('is not shortened to one that breaks another promise', async () => {
    const run = async (allowed: ReadonlySet<string>) => {
      const promise = allowed.size === INCIDENTS.length ? 'I1' : 'I4';
      return await Promise.resolve({ violation: { ...BROKEN, promise } as const, incidents: [...allowed] });
    };

    const { needed } = await shorten({ run, violation: BROKEN, incidents: INCIDENTS });

    expect(needed.size).toBe(INCIDENTS.length);
  });

  it('is shortened in at most maxRuns runs', async () => {
    const { runs } = await shortenRunWith(INCIDENTS, 50);

    expect(runs).toBe(50);
  });
});
