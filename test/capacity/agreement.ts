import { sumOf } from './fleet-run.ts';
import type { Recovery } from './stories.ts';

/** A figure of the real handler and of the model, and how far they may be apart. */
export interface Agreement {
  readonly what: string;
  readonly real: number;
  readonly model: number;
  /** Of the real figure, or in its unit. */
  readonly tolerance: { readonly share: number } | { readonly amount: number };
}

/** Compares an hour, an outage and its recovery. */
export function compare(real: Recovery, model: Recovery): readonly Agreement[] {
  const of = (what: string, figure: (recovery: Recovery) => number, tolerance: Agreement['tolerance']) => ({
    what,
    real: figure(real),
    model: figure(model),
    tolerance,
  });
  const calls = ({ run }: Recovery) => sumOf(Object.values(run.usage.calls));
  return [
    of('tokens published', ({ run }) => sumOf(run.published), { share: 0.02 }),
    of('calls of AWS', calls, { share: 0.03 }),
    of('write units', ({ run }) => run.usage.writeUnits, { share: 0.03 }),
    of('read units', ({ run: { usage } }) => usage.itemReadUnits + usage.queryReadUnits, { share: 0.1 }),
    of('bytes of logs', ({ run }) => run.usage.logBytes, { share: 0.05 }),
    of('seconds of the function', ({ run }) => run.busyMs / 1000, { share: 0.15 }),
    of('least seconds left', ({ before }) => before.leastLeftMs / 1000, { amount: 15 }),
    of('percent of the rate in the recovery', ({ share }) => share * 100, { amount: 2 }),
    of('minutes until 99 of 100 are back', ({ mostAfterMinutes }) => mostAfterMinutes, { amount: 1 }),
  ];
}

/** Whether the model reproduces the figure. */
export function agrees({ real, model, tolerance }: Agreement): boolean {
  const allowed = 'share' in tolerance ? tolerance.share * Math.abs(real) : tolerance.amount;
  return Math.abs(real - model) <= allowed;
}
