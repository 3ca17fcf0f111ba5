import type { Fleet } from './fleet.ts';
import { type FleetPlan, MINUTE_MS, START_MS } from './fleet-plan.ts';
import { type FleetRun, type Judgement, sumOf } from './fleet-run.ts';

/** How fast a fleet refreshed in whole minutes in which there was more to do than it could. */
export interface Rate {
  /** Minutes that were measured. */
  readonly minutes: number;
  /** Of the configured rate: over all of these minutes, and in the slowest one. */
  readonly share: number;
  readonly leastShare: number;
}

/** An outage of an hour, and what came after it. */
export interface Recovery extends Rate {
  /** How early tokens were replaced before the outage. */
  readonly before: Judgement;
  /** Connections without a valid token, at the end of the outage and at the end of each minute after it. */
  readonly without: readonly number[];
  /** Minutes until 99 of 100 connections have a valid token again, and until all have. */
  readonly mostAfterMinutes: number;
  readonly allAfterMinutes: number;
  readonly run: FleetRun;
}

const OUTAGE = { fromMinute: 60, untilMinute: 120 } as const;

/** The plan with an hour in which no data center of Zoho answers. */
export function withOutage(plan: FleetPlan): FleetPlan {
  return { ...plan, outage: { ...OUTAGE, mood: 'unavailable' } };
}

/** Runs an hour, an outage of an hour, and the recovery. */
export async function runRecovery(
  fleet: Fleet,
  plan: FleetPlan,
  { minutes, onMinute }: { readonly minutes: number; readonly onMinute?: (minute: number) => void },
): Promise<Recovery> {
  await fleet.runTo(OUTAGE.fromMinute, onMinute);
  const before = fleet.recorder.judged();
  await fleet.runTo(OUTAGE.untilMinute, onMinute);
  const without = [fleet.recorder.countExpired(START_MS + OUTAGE.untilMinute * MINUTE_MS)];
  for (let minute = OUTAGE.untilMinute + 1; minute <= OUTAGE.untilMinute + minutes; minute += 1) {
    await fleet.runTo(minute, onMinute);
    without.push(fleet.recorder.countExpired(START_MS + minute * MINUTE_MS));
  }
  const run = fleet.summary(OUTAGE.untilMinute + minutes);
  const least = plan.connections * (1 - plan.blocked) * 0.01;
  // As long as at least ten seconds of work are left.
  const isBusy = (count: number) => count >= 10 * plan.refreshesPerSecond;
  const busyMinutes = without.slice(1).filter(isBusy).length;
  const starts = run.starts.slice(OUTAGE.untilMinute, OUTAGE.untilMinute + busyMinutes);
  return {
    before,
    without,
    mostAfterMinutes: minutesUntil(without, least),
    allAfterMinutes: minutesUntil(without, 0),
    run,
    ...rateOf(starts, plan),
  };
}

/** Infinity if it does not come to that. */
function minutesUntil(without: readonly number[], most: number): number {
  const index = without.findIndex((_, minute) => without.slice(minute).every((count) => count <= most));
  return index === -1 ? Number.POSITIVE_INFINITY : index;
}

/** How much a fleet refreshes while its tokens are valid and more of them are due than it can renew. */
export async function runBusy(
  fleet: Fleet,
  plan: FleetPlan,
  { minutes, onMinute }: { readonly minutes: number; readonly onMinute?: (minute: number) => void },
): Promise<Rate> {
  await fleet.runTo(minutes + 1, onMinute);
  // The first tick begins within the first minute.
  return rateOf(fleet.summary(minutes + 1).starts.slice(1), plan);
}

function rateOf(starts: readonly number[], { refreshesPerSecond }: FleetPlan): Rate {
  const shareOf = (count: number) => count / (refreshesPerSecond * 60);
  return {
    minutes: starts.length,
    share: starts.length === 0 ? 0 : shareOf(sumOf(starts) / starts.length),
    leastShare: starts.length === 0 ? 0 : Math.min(...starts.map(shareOf)),
  };
}

/** The plan with half of the connections in a data center that accepts calls for an hour and does not answer them. */
export function withHang(plan: FleetPlan): FleetPlan {
  return {
    ...plan,
    dataCenters: ['eu', 'us'],
    outage: { ...OUTAGE, mood: 'hangs', dataCenter: 'us' },
  };
}

/** How early the tokens of the connections elsewhere are replaced, from the beginning of the hang until an hour after it. */
export async function runHang(fleet: Fleet, onMinute?: (minute: number) => void): Promise<Judgement> {
  fleet.recorder.countOnly((index) => index % 2 === 0);
  await fleet.runTo(OUTAGE.fromMinute, onMinute);
  fleet.recorder.judgeFromNow();
  await fleet.runTo(OUTAGE.untilMinute + 60, onMinute);
  return fleet.recorder.judged();
}
