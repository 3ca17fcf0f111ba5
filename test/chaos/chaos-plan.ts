import { Dice } from './random-picks.ts';

/** Where in a refresh a process can be struck: when the request of this step has left it and before it has the answer. */
export const STEPS = ['read', 'lease', 'credentials', 'mint', 'put', 'move', 'commit'] as const;
export type Step = (typeof STEPS)[number];

/** What happens to the process that comes to a step first. */
export interface Strike {
  readonly step: Step;
  readonly fate: 'killed' | 'stopped';
  /** Turns of the supervisor's event loop from the request to the strike: none is exactly there, some are anywhere after. */
  readonly turnsLater: number;
  /** How long one that is stopped stays so: longer than a lease. */
  readonly sleepMinutes: number;
  /** Its timers, all overdue, fire when it has finished what it was doing, as those of a busy event loop do. */
  readonly timersFireLate: boolean;
  /** It is continued while another process is in mid-mint for the same connection. */
  readonly wakesIntoMint: boolean;
}

/** Consumers or an operator, at so many processes at the same instant. */
export interface ForcedRefreshes {
  readonly connection: string;
  readonly callers: number;
  readonly reason: 'unauthorized' | 'operator';
  /** Which token was rejected: the one that is published, the one before it, or nobody says. */
  readonly rejected: 'current' | 'previous' | 'unnamed';
}

/** What goes wrong at Zoho or in AWS. */
export type Trouble =
  | {
      readonly kind: 'outage';
      readonly connection: string;
      readonly minutes: number;
      readonly mintsAllTheSame: boolean;
    }
  | { readonly kind: 'throttle'; readonly connection: string }
  | {
      readonly kind: 'lost-answer';
      readonly operation: 'UpdateItem' | 'PutSecretValue' | 'UpdateSecretVersionStage';
    };

/** A mint that takes its time; more than ten seconds are more than its caller waits. */
export interface SlowMint {
  readonly connection: string;
  readonly seconds: number;
}

/** One minute of a run. Processes are taken from `firstSlot` on, passing over those that are busy, stopped or starting. */
export interface ChaosMinute {
  readonly firstSlot: number;
  /** Seconds into the minute at which everything but the tick happens. */
  readonly second: number;
  /** Processes that get the schedule's tick at the end of the minute; none when it is lost. */
  readonly ticks: number;
  /** Whether the tick comes although nothing is due. */
  readonly ticksWhenQuiet: boolean;
  readonly refreshes?: ForcedRefreshes | undefined;
  readonly strike?: Strike | undefined;
  readonly slowMint?: SlowMint | undefined;
  readonly trouble?: Trouble | undefined;
}

/** Long enough to spend the six forced refreshes of ten minutes, one a minute, and to ask for more. */
const STORM_MINUTES = 9;

/** In which the schedule and impatient operators together spend the whole budget. */
const STORMY_OUTAGE_MINUTES = 12;

/** Minutes in which one connection is asked for over and over. */
interface Storm {
  readonly connection: string;
  readonly fromMinute: number;
  readonly reason: ForcedRefreshes['reason'];
}

/** The whole course of a run, from its seed alone. */
export function planChaos(
  seed: number,
  minutes: number,
  connections: readonly string[],
): readonly ChaosMinute[] {
  const dice = new Dice(seed);
  const strikes = spreadOver(minutes, planStrikes(dice), dice);
  const troubles = spreadOver(minutes, planTroubles(dice, connections), dice);
  const slowMints = spreadOver(minutes, planSlowMints(dice, connections), dice);
  const storms = [...planConsumerStorms(dice, minutes, connections), ...operatorStorms(troubles)];

  return Array.from({ length: minutes }, (_, minute) => {
    const strike = strikes.get(minute);
    const storm = storms.find(
      ({ fromMinute }) => minute >= fromMinute && minute < fromMinute + STORM_MINUTES,
    );
    return {
      firstSlot: dice.between(0, 7),
      second: dice.between(5, 40),
      ticks: dice.pick([0, 1, 1, 1, 1, 1, 1, 1, 2, 3]),
      ticksWhenQuiet: dice.chance(0.05),
      refreshes:
        storm === undefined
          ? planRefreshes(dice, connections, strike !== undefined)
          : { connection: storm.connection, callers: 2, reason: storm.reason, rejected: 'current' },
      strike,
      slowMint: slowMints.get(minute),
      trouble: troubles.get(minute),
    };
  });
}

/** Every step is struck in every way, the worst one among them: a zombie that nothing hurries meets another's mint. */
function planStrikes(dice: Dice): Strike[] {
  const strike = (step: Step, fate: Strike['fate'], turnsLater: number): Strike => ({
    step,
    fate,
    turnsLater,
    sleepMinutes: dice.between(2, 5),
    timersFireLate: dice.chance(0.5),
    wakesIntoMint: dice.chance(0.5),
  });
  return STEPS.flatMap((step) => [
    strike(step, 'killed', 0),
    strike(step, 'stopped', 0),
    { ...strike(step, 'stopped', 0), timersFireLate: true, wakesIntoMint: true },
    strike(step, dice.chance(0.3) ? 'killed' : 'stopped', dice.between(1, 40)),
  ]);
}

/** One connection is cut off from Zoho for longer than a token lives, so that it has to come back from nothing. */
function planTroubles(dice: Dice, connections: readonly string[]): Trouble[] {
  const outage = (connection: string, minutes: number, mintsAllTheSame = false): Trouble => ({
    kind: 'outage',
    connection,
    minutes,
    mintsAllTheSame,
  });
  return [
    outage(dice.pick(connections), dice.between(61, 70)),
    ...connections.flatMap((connection) => [
      outage(connection, STORMY_OUTAGE_MINUTES),
      outage(connection, dice.between(3, 5), true),
      { kind: 'throttle', connection } as const,
    ]),
    { kind: 'lost-answer', operation: 'UpdateItem' },
    { kind: 'lost-answer', operation: 'PutSecretValue' },
    { kind: 'lost-answer', operation: 'UpdateSecretVersionStage' },
  ];
}

function planSlowMints(dice: Dice, connections: readonly string[]): SlowMint[] {
  return connections.flatMap((connection) => [
    { connection, seconds: dice.between(1, 9) },
    { connection, seconds: 12 },
  ]);
}

function planConsumerStorms(dice: Dice, minutes: number, connections: readonly string[]): Storm[] {
  const share = Math.floor(minutes / connections.length);
  return connections.map((connection, n) => ({
    connection,
    fromMinute: n * share + dice.between(0, Math.max(0, share - STORM_MINUTES)),
    reason: 'unauthorized',
  }));
}

/** When Zoho is down, somebody loses patience. */
function operatorStorms(troubles: ReadonlyMap<number, Trouble>): Storm[] {
  return [...troubles].flatMap(([fromMinute, trouble]) =>
    trouble.kind === 'outage' && trouble.minutes === STORMY_OUTAGE_MINUTES
      ? [{ connection: trouble.connection, fromMinute, reason: 'operator' }]
      : [],
  );
}

/** A strike needs somebody to strike, and sometimes waits for the next who comes by schedule. */
function planRefreshes(
  dice: Dice,
  connections: readonly string[],
  isStruck: boolean,
): ForcedRefreshes | undefined {
  const connection = dice.pick(connections);
  const callers = dice.between(1, 3);
  if (isStruck && dice.chance(0.75)) return { connection, callers, reason: 'operator', rejected: 'unnamed' };
  if (!dice.chance(0.04)) return undefined;
  return {
    connection,
    callers,
    reason: dice.pick(['unauthorized', 'operator']),
    rejected: dice.pick(['current', 'previous', 'previous', 'unnamed']),
  };
}

/** One item in each of as many equal parts of the run, in any order, at any minute of its part. */
function spreadOver<Item>(minutes: number, items: readonly Item[], dice: Dice): ReadonlyMap<number, Item> {
  const startOf = (part: number) => Math.floor((part * minutes) / items.length);
  return new Map(dice.shuffle(items).map((item, n) => [dice.between(startOf(n), startOf(n + 1) - 1), item]));
}
