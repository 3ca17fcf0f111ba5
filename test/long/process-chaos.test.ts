import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planChaos, STEPS } from '../chaos/chaos-plan.ts';
import { type ChaosReport, ChaosRun } from '../chaos/chaos-run.ts';

/** For another schedule: `LONG=1 CHAOS_SEED=7 npx vitest run test/long/process-chaos.test.ts`. */
const SEED = Number(process.env.CHAOS_SEED ?? 1);

/** Ten times what it takes on a quiet machine. */
const LONGEST_RUN_MS = 120_000;

const hasNoStopSignal = process.platform === 'win32';
const about = hasNoStopSignal ? 'skipped: Windows has no SIGSTOP' : `CHAOS_SEED=${SEED}`;

describe.skipIf(hasNoStopSignal)(
  `eight processes that are killed and stopped at random for ten hours (${about})`,
  () => {
    let chaos: ChaosRun;
    let report: ChaosReport;
    beforeAll(async () => {
      chaos = await ChaosRun.start({ seed: SEED, processes: 8, minutes: 600 });
      report = await chaos.run();
    }, LONGEST_RUN_MS);
    afterAll(() => chaos.close());

    it('are interrupted at every step of a refresh, and resume after others have taken over', () => {
      const { killed, stopped, steps, overtaken, resumedDuringMint, slowMints } = report.figures;

      expect(steps).toEqual(STEPS);
      expect(killed).toBeGreaterThanOrEqual(5);
      expect(stopped).toBeGreaterThanOrEqual(12);
      expect(overtaken).toBeGreaterThanOrEqual(6);
      expect(resumedDuringMint).toBeGreaterThanOrEqual(3);
      expect(slowMints).toBeGreaterThanOrEqual(6);
    });

    it('never have two mints in flight at Zoho for one connection', () => {
      expect(report.broken['one-mint-at-a-time']).toEqual([]);
    });

    it('call Zoho at most 10 times in any 10 minutes for one connection, 8 for operators and 6 for consumers', () => {
      expect(report.broken['within-budget']).toEqual([]);
    });

    it('never publish an older generation or an earlier expiry than readers have seen', () => {
      expect(report.broken['never-back']).toEqual([]);
    });

    it('have a valid token for every connection after three calm minutes', () => {
      expect(report.broken['valid-when-calm']).toEqual([]);
    });

    it('count every version in the row, and write one per generation', () => {
      expect(report.broken['versions-counted']).toEqual([]);
    });

    it('keep every connection in the queue and attempt it when it is due', () => {
      expect(report.broken['nothing-lost']).toEqual([]);
    });

    it('fail with no unexpected error', () => {
      expect(report.broken['no-surprise']).toEqual([]);
    });
  },
);

describe('the schedule of kills and stops', () => {
  it('depends on the seed only', () => {
    const plan = planChaos(SEED, 600, ['a', 'b']);

    expect(planChaos(SEED, 600, ['a', 'b'])).toEqual(plan);
    expect(planChaos(SEED + 1, 600, ['a', 'b'])).not.toEqual(plan);
  });
});
