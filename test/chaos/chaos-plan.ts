import { RandomPicks } from './random-picks.ts';

/** The steps of a refresh at which a process can be interrupted: after it sent the request, before it has the answer. */
export const STEPS = ['read', 'lease', 'credentials', 'mint', 'put', 'move', 'commit'] as const;
export type Step = (typeof STEPS)[number];

/** What happens to the first process that reaches a step. */
export interface Interruption {
  readonly step: Step;
  readonly kind: 'killed' | 'stopped';
  /** Turns of the supervisor's event loop between the request and the interruption. */
  readonly turnsLater: number;
  /** How long a stopped process stays stopped: longer than a lease. */
  readonly suspendedMinutes: number;
  /** Its overdue timers fire only after it has finished its work, as in a busy event loop. */
  readonly timersFireLate: boolean;
  /** It resumes while another process mints for the same connection. */
  readonly resumesDuringMint: boolean;
}

/** Forced refreshes by consumers or an operator, sent to several processes at once. */
export interface ForcedRefreshes {
  readonly connection: string;
  readonly callers: number;
  readonly reason: 'unauthorized' | 'operator';
  /** Which token was rejected: the published one, the one before it, or unknown. */
  readonly rejected: 'current' | 'previous' | 'unknown';
}

/** A fault of Zoho or AWS. */
export type ServiceFault =
  | {
      readonly kind: 'outage';
      readonly connection: string;
      readonly minutes: number;
      readonly mintsAnyway: boolean;
    }
  | { readonly kind: 'throttle'; readonly connection: string }
  | {
      readonly kind: 'lost-answer';
      readonly operation: 'UpdateItem' | 'PutSecretValue' | 'UpdateSecretVersionStage';
    };

/** A mint that takes seconds. Its caller waits ten at most. */
export interface SlowMint {
  readonly connection: string;
  readonly seconds: number;
}

/** One minute of a run. Events go to the free processes from `firstSlot` on. */
export interface ChaosMinute {
  readonly firstSlot: number;
  /** Second of the minute at which everything but the tick happens. */
  readonly second: number;
  /** How many processes get the tick at the end of the minute; 0 when it is lost. */
  readonly ticks: number;
  /** Whether the tick is sent even if nothing is due. */
  readonly ticksWhenQuiet: boolean;
  readonly refreshes?: ForcedRefreshes | undefined;
  readonly interruption?: Interruption | undefined;
  readonly slowMint?: SlowMint | undefined;
  readonly fault?: ServiceFault | undefined;
}

/** Long enough to use up the mints of ten minutes that operators may have, one a minute, and to request more. */
const STORM_MINUTES = 9;

/** Long enough for the schedule and the operators together to use up the whole budget. */
const STORMY_OUTAGE_MINUTES = 12;

/** Minutes in which refreshes of one connection are requested again and again. */
interface Storm {
  readonly connection: string;
  readonly fromMinute: number;
  readonly reason: ForcedRefreshes['reason'];
}

/** The plan of a whole run. It depends on the seed only. */
export function planChaos(
  seed: number,
  minutes: number,
  connections: readonly string[],
): readonly ChaosMinute[] {
  const picks = new RandomPicks(seed);
  const interruptions = spreadOver(minutes, planInterruptions(picks), picks);
  const faults = spreadOver(minutes, planServiceFaults(picks, connections), picks);
  const slowMints = spreadOver(minutes, planSlowMints(picks, connections), picks);
  const storms = [...planConsumerStorms(picks, minutes, connections), ...operatorStorms(faults)];

  return Array.from({ length: minutes }, (_, minute) => {
    const interruption = interruptions.get(minute);
    const storm = storms.find(
      ({ fromMinute }) => minute >= fromMinute && minute < fromMinute + STORM_MINUTES,
    );
    return {
      firstSlot: picks.between(0, 7),
      second: picks.between(5, 40),
      ticks: picks.pick([0, 1, 1, 1, 1, 1, 1, 1, 2, 3]),
      ticksWhenQuiet: picks.chance(0.05),
      refreshes:
        storm === undefined
          ? planRefreshes(picks, connections, interruption !== undefined)
          : { connection: storm.connection, callers: 2, reason: storm.reason, rejected: 'current' },
      interruption,
      slowMint: slowMints.get(minute),
      fault: faults.get(minute),
    };
  });
}

/** Every step is interrupted in every way, also in the worst one: a stopped process resumes during another mint. */
function planInterruptions(picks: RandomPicks): Interruption[] {
  const interruption = (step: Step, kind: Interruption['kind'], turnsLater: number): Interruption => ({
    step,
    kind,
    turnsLater,
    suspendedMinutes: picks.between(2, 5),
    timersFireLate: picks.chance(0.5),
    resumesDuringMint: picks.chance(0.5),
  });
  return STEPS.flatMap((step) => [
    interruption(step, 'killed', 0),
    interruption(step, 'stopped', 0),
    { ...interruption(step, 'stopped', 0), timersFireLate: true, resumesDuringMint: true },
    interruption(step, picks.chance(0.3) ? 'killed' : 'stopped', picks.between(1, 40)),
  ]);
}

/** One outage is longer than the life of a token, so that a connection has to recover without one. */
function planServiceFaults(picks: RandomPicks, connections: readonly string[]): ServiceFault[] {
  const outage = (connection: string, minutes: number, mintsAnyway = false): ServiceFault => ({
    kind: 'outage',
    connection,
    minutes,
    mintsAnyway,
  });
  return [
    outage(picks.pick(connections), picks.between(61, 70)),
    ...connections.flatMap((connection) => [
      outage(connection, STORMY_OUTAGE_MINUTES),
      outage(connection, picks.between(3, 5), true),
      { kind: 'throttle', connection } as const,
    ]),
    { kind: 'lost-answer', operation: 'UpdateItem' },
    { kind: 'lost-answer', operation: 'PutSecretValue' },
    { kind: 'lost-answer', operation: 'UpdateSecretVersionStage' },
  ];
}

function planSlowMints(picks: RandomPicks, connections: readonly string[]): SlowMint[] {
  return connections.flatMap((connection) => [
    { connection, seconds: picks.between(1, 9) },
    { connection, seconds: 12 },
  ]);
}

function planConsumerStorms(picks: RandomPicks, minutes: number, connections: readonly string[]): Storm[] {
  const share = Math.floor(minutes / connections.length);
  return connections.map((connection, n) => ({
    connection,
    fromMinute: n * share + picks.between(0, Math.max(0, share - STORM_MINUTES)),
    reason: 'unauthorized',
  }));
}

/** During some outages, operators request a refresh every minute. */
function operatorStorms(faults: ReadonlyMap<number, ServiceFault>): Storm[] {
  return [...faults].flatMap(([fromMinute, fault]) =>
    fault.kind === 'outage' && fault.minutes === STORMY_OUTAGE_MINUTES
      ? [{ connection: fault.connection, fromMinute, reason: 'operator' }]
      : [],
  );
}

/** Most interruptions get a forced refresh to interrupt. The others wait for a scheduled one. */
function planRefreshes(
  picks: RandomPicks,
  connections: readonly string[],
  isInterrupted: boolean,
): ForcedRefreshes | undefined {
  const connection = picks.pick(connections);
  const callers = picks.between(1, 3);
  if (isInterrupted && picks.chance(0.75))
    return { connection, callers, reason: 'operator', rejected: 'unknown' };
  if (!picks.chance(0.04)) return undefined;
  return {
    connection,
    callers,
    reason: picks.pick(['unauthorized', 'operator']),
    rejected: picks.pick(['current', 'previous', 'previous', 'unknown']),
  };
}

/** Divides the run into as many equal parts as there are items, and puts one item at a random minute of each part. */
function spreadOver<Item>(
  minutes: number,
  items: readonly Item[],
  picks: RandomPicks,
): ReadonlyMap<number, Item> {
  const startOf = (part: number) => Math.floor((part * minutes) / items.length);
  return new Map(
    picks.shuffle(items).map((item, n) => [picks.between(startOf(n), startOf(n + 1) - 1), item]),
  );
}
