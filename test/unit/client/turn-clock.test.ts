import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createTurnClock } from '../../../lambdas/client/turn-clock.ts';

describe('the clock of a turn', () => {
  it("reads the system's clock once per turn", () => {
    let readings = 0;
    const now = createTurnClock(() => ++readings);

    for (let look = 0; look < 500; look += 1) now();

    expect(readings).toBe(1);
  });

  it('reads it again in the next turn', async () => {
    let readings = 0;
    const now = createTurnClock(() => ++readings);
    now();

    await setImmediate();

    expect(now()).toBe(2);
  });

  it('does not stop in a turn that never ends', () => {
    let readings = 0;
    const now = createTurnClock(() => ++readings);

    for (let look = 0; look < 5_000; look += 1) now();

    expect(readings).toBeGreaterThanOrEqual(4);
  });
});
