import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { Choices } from './choices.ts';

/** What a world is made for: faults of every kind in an hour, renewals while Zoho is odd for hours, or the budgets of a whole day. */
export interface WorldKind {
  readonly name: 'hour' | 'hours' | 'day' | 'fleet' | 'parking';
  /** How many connections there can be. */
  readonly connections: readonly [number, ...number[]];
  /** How many consumers there can be. */
  readonly consumers: readonly [number, ...number[]];
  readonly minutes: number;
  /** No faults are injected in the last minutes, which show whether everything recovers. */
  readonly calmEndMinutes: number;
  readonly phaseMinutes: readonly [number, number];
  readonly faultRates: readonly [number, ...number[]];
  readonly checkEveryMs: number;
  /** Only every nth tick that finds nothing due is fired: the others would take time and show nothing. */
  readonly idleTicksFired: number;
  readonly mostActions: number;
  readonly actions: readonly [Action, ...Action[]];
  readonly mostWrongRefusals: number;
  /** How likely each of them is. */
  readonly wrongRefusalRate: number;
  readonly mostProviderChanges: number;
  /** How likely each of them is. */
  readonly providerChangeRate: number;
  /** How likely the clock of a refresher's machine is wrong. */
  readonly wrongClockRate: number;
  /** @default that of the product */
  readonly parkAfterDays?: number;
  /** Every connection starts with good credentials. */
  readonly startsAuthorized?: true;
}

/** Possible actions; one that is listed twice is twice as likely. */
const ACTIONS = [
  'storm',
  'storm',
  'operator',
  'revoke',
  'reauthorize',
  'reauthorize',
  'spoil credentials',
  'edit token',
  'edit token',
  'remove from the configuration',
  'deploy',
  'stale reads',
  'relentless consumers',
  'relentless operator',
  'restore the table',
  'write impossible times',
] as const;
/** Developers give the fleet another number of shards, or turn it off, for some minutes or for good. Only in worlds that have one. */
const FLEET_ACTIONS = ['change the fleet', 'turn the fleet off'] as const;
export type Action = (typeof ACTIONS | typeof FLEET_ACTIONS)[number];

/** What disturbs a world the least. */
const RARE_ACTIONS = [
  'revoke',
  'revoke',
  'spoil credentials',
  'operator',
  'storm',
  'write impossible times',
] as const;

/** The share of worlds that last a day, and of those that last some hours. */
const SHARE_OF_DAYS = 0.015;
const SHARE_OF_HOURS = 0.15;
/** One of them takes as long as ten others. */
const SHARE_OF_FLEETS = 0.005;
const SHARE_OF_PARKING = 0.005;

export function pickWorldKind(choices: Choices, store: SecretStoreName): WorldKind {
  const kind = pickKind(choices);
  return store === 'secrets-manager' ? kind : { ...kind, actions: [...kind.actions, ...FLEET_ACTIONS] };
}

function pickKind(choices: Choices): WorldKind {
  const draw = choices.draw('kind');
  if (draw < SHARE_OF_DAYS) return aDay(choices);
  if (draw > 1 - SHARE_OF_FLEETS) return aFleet(choices);
  if (draw > 1 - SHARE_OF_FLEETS - SHARE_OF_PARKING) return withParking(choices);
  return draw < SHARE_OF_DAYS + SHARE_OF_HOURS ? someHours(choices) : anHour(choices);
}

function anHour(choices: Choices): WorldKind {
  return {
    name: 'hour',
    connections: [1, 1, 2, 3],
    consumers: [0, 1, 1, 2],
    minutes: choices.between('length', 15, 50),
    calmEndMinutes: choices.pick('calm end', [4, 4, 4, 6, 6, 8, 12, 80]),
    phaseMinutes: [5, 50],
    faultRates: [0, 0, 0.005, 0.02, 0.06, 0.15],
    checkEveryMs: 20_000,
    idleTicksFired: 5,
    mostActions: 14,
    actions: ACTIONS,
    mostWrongRefusals: 1,
    wrongRefusalRate: 0.3,
    mostProviderChanges: 1,
    providerChangeRate: 0.3,
    wrongClockRate: 0.1,
  };
}

/** Long enough for tokens to fall due, and sparse, so that little else excuses that one is missing. */
function someHours(choices: Choices): WorldKind {
  return {
    name: 'hours',
    connections: [1, 3, 3, 4],
    consumers: [0, 1, 1, 2],
    minutes: choices.between('length', 70, 180),
    calmEndMinutes: choices.pick('calm end', [10, 70]),
    phaseMinutes: [20, 120],
    faultRates: [0, 0, 0, 0.005, 0.02],
    checkEveryMs: 20_000,
    idleTicksFired: 10,
    mostActions: 3,
    actions: RARE_ACTIONS,
    mostWrongRefusals: 2,
    wrongRefusalRate: 0.6,
    mostProviderChanges: 2,
    providerChangeRate: 0.5,
    wrongClockRate: 0.1,
  };
}

/** Half an hour is enough to be parked, so that one is parked for an hour and longer. */
function withParking(choices: Choices): WorldKind {
  return {
    ...someHours(choices),
    name: 'parking',
    connections: [1, 2],
    minutes: choices.between('length', 120, 240),
    calmEndMinutes: 60,
    mostActions: 0,
    mostWrongRefusals: 0,
    mostProviderChanges: 0,
    parkAfterDays: 1 / 48,
    startsAuthorized: true,
  };
}

/** Many connections that are authorized at once, and whose renewals an outage may align again. Calm for two renewals of each of them. */
function aFleet(choices: Choices): WorldKind {
  return {
    name: 'fleet',
    connections: [30, 40, 50, 60],
    consumers: [0],
    minutes: choices.between('length', 30, 70),
    calmEndMinutes: 125,
    phaseMinutes: [30, 70],
    faultRates: [0],
    checkEveryMs: 60_000,
    idleTicksFired: 5,
    mostActions: 0,
    actions: RARE_ACTIONS,
    mostWrongRefusals: 0,
    wrongRefusalRate: 0,
    mostProviderChanges: 0,
    providerChangeRate: 0,
    wrongClockRate: 0,
  };
}

/** Long enough for more than 24 hours without faults, and sparse, so that it does not take long. */
function aDay(choices: Choices): WorldKind {
  return {
    name: 'day',
    connections: [1, 1, 2, 3],
    consumers: [2, 3, 4],
    minutes: choices.between('length', 25 * 60, 30 * 60),
    calmEndMinutes: 60,
    phaseMinutes: [60, 600],
    faultRates: [0, 0, 0, 0.002, 0.01],
    checkEveryMs: 60_000,
    idleTicksFired: 30,
    mostActions: 0,
    actions: RARE_ACTIONS,
    mostWrongRefusals: 3,
    wrongRefusalRate: 0.5,
    mostProviderChanges: 2,
    providerChangeRate: 0.5,
    wrongClockRate: 0.1,
  };
}
