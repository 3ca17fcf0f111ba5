import type { Choices } from './choices.ts';

/** What a world is made for: faults of every kind in an hour, or the budgets of a whole day. */
export interface WorldKind {
  readonly isDay: boolean;
  readonly minutes: number;
  /** No faults are injected in the last minutes, which show whether everything recovers. */
  readonly calmEndMinutes: number;
  readonly phaseMinutes: readonly [number, number];
  readonly faultRates: readonly [number, ...number[]];
  readonly checkEveryMs: number;
  /** Only every nth tick that finds nothing due is fired: the others would take time and show nothing. */
  readonly idleTicksFired: number;
  readonly mostActions: number;
}

/** The share of worlds that last a day. */
const SHARE_OF_DAYS = 0.015;

export function pickWorldKind(choices: Choices): WorldKind {
  return choices.draw('kind') < SHARE_OF_DAYS ? aDay(choices) : anHour(choices);
}

function anHour(choices: Choices): WorldKind {
  return {
    isDay: false,
    minutes: choices.between('length', 15, 50),
    calmEndMinutes: choices.pick('calm end', [4, 4, 4, 6, 6, 8, 12, 80]),
    phaseMinutes: [5, 50],
    faultRates: [0, 0, 0.005, 0.02, 0.06, 0.15],
    checkEveryMs: 20_000,
    idleTicksFired: 5,
    mostActions: 14,
  };
}

/** Long enough for more than 24 hours without faults, and sparse, so that it does not take long. */
function aDay(choices: Choices): WorldKind {
  return {
    isDay: true,
    minutes: choices.between('length', 25 * 60, 30 * 60),
    calmEndMinutes: 60,
    phaseMinutes: [60, 600],
    faultRates: [0, 0, 0, 0.002, 0.01],
    checkEveryMs: 60_000,
    idleTicksFired: 30,
    mostActions: 0,
  };
}
