import { describe, expect, it } from 'vitest';
import { killAfterCalls } from '../support/interrupted-aws.ts';
import { DECLARED, MovingDesk } from '../support/moving-desk.ts';

const MINUTE_MS = 60_000;
/** More calls than any of the commands makes. */
const NEVER = 1_000;

/** How many calls a command makes, on a desk of its own. */
async function callsOf(prepare: (moving: MovingDesk) => Promise<unknown>, args: readonly string[]) {
  const moving = await MovingDesk.open();
  await prepare(moving);
  const watch = killAfterCalls(moving.desk, NEVER, { afterEffect: false });
  await moving.adopt(...args);
  watch.revive();
  await moving.close();
  return watch.calls();
}

/** Which deployments would mint for the connection with the next tick. */
async function minting({ desk, old }: MovingDesk): Promise<string[]> {
  const [theirs, ours] = [await old.row(DECLARED), await desk.row(DECLARED)];
  const hasCredentials = desk.credentialsText(DECLARED) !== undefined;
  return [
    ...(theirs.status === 'disabled' ? [] : ['old']),
    ...(ours.follows === undefined && hasCredentials && ours.status !== 'disabled' ? ['new'] : []),
  ];
}

describe.each([
  ['begins a move', [DECLARED], async () => {}],
  ['finishes a move', ['--finish', DECLARED], (moving: MovingDesk) => moving.adopt(DECLARED)],
] as const)('adopt that %s and is killed between any two calls of AWS', (_, args, prepare) => {
  it.each([false, true])(
    'never lets both deployments mint, and completes when it is repeated (the last call took effect: %s)',
    async (afterEffect) => {
      const total = await callsOf(prepare, args);
      expect(total).toBeGreaterThan(8);
      expect(total).toBeLessThan(60);

      for (let allowed = 1; allowed <= total; allowed += 1) {
        const moving = await MovingDesk.open();
        await prepare(moving);
        const { revive } = killAfterCalls(moving.desk, allowed, { afterEffect });
        const killed = await moving.adopt(...args);
        revive();

        const minters = await minting(moving);
        const mints = moving.mints;
        expect({
          allowed,
          both: minters.length === 2,
          stderr: minters.length === 2 ? killed.stderr : '',
        }).toEqual({
          allowed,
          both: false,
          stderr: '',
        });
        expect(moving.leftMs('old', DECLARED)).toBeGreaterThan(50 * MINUTE_MS);
        // The schedules go on, and the operator comes back after a while.
        await moving.passMinutes(2);
        expect((await minting(moving)).length).toBeLessThan(2);

        const again = await moving.adopt(...args);

        expect({
          allowed,
          exitCode: again.exitCode,
          stderr: again.exitCode === 0 ? '' : again.stderr,
        }).toEqual({
          allowed,
          exitCode: 0,
          stderr: '',
        });
        const isFinished = (args as readonly string[]).includes('--finish');
        expect(await minting(moving)).toEqual([isFinished ? 'new' : 'old']);
        await moving.passMinutes(1);
        expect(moving.leftMs('new', DECLARED)).toBeGreaterThan(50 * MINUTE_MS);
        expect(moving.mints - mints).toBeLessThanOrEqual(isFinished ? 2 : 0);
        await moving.close();
      }
    },
    240_000,
  );
});
