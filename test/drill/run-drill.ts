import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import type { StateChange } from '../../sandbox/alarms/alarm-evaluator.ts';
import { type Drill, zohoDown } from './drills.ts';
import { DrillWorld } from './monitored-deployment.ts';

const STACK = 'ZohoTokenRefresher-';
const LONGEST_WAIT_MINUTES = 60;
/** Composite alarms go off with those that they are made of. */
const COMPOSITES = ['page', 'ticket'];

/** What came of a drill. */
export interface DrillResult {
  readonly alarm: string;
  readonly fault: string;
  /** Simulated seconds from the fault that shows to ALARM; undefined when it never came. */
  readonly secondsToAlarm: number | undefined;
  /** Simulated seconds from the mend to OK. */
  readonly secondsToOk: number | undefined;
  /** Other alarms that went off, without the composite ones. */
  readonly others: readonly string[];
  /** What was not as it should be; empty when all was. */
  readonly faults: readonly string[];
}

/** Breaks one thing, waits for its alarm, mends it, and waits until the alarm is over. */
export async function runDrill(drill: Drill, definitions: readonly AlarmDefinition[]): Promise<DrillResult> {
  const world = await DrillWorld.start(definitions);
  try {
    const changes: StateChange[] = [];
    const mend = await drill.inject(world);
    const shows = drill.shows ?? (() => true);
    for (let minute = 0; !shows(world); minute += 1) {
      if (minute > LONGEST_WAIT_MINUTES)
        throw new Error(`${drill.fault}: nobody could notice it in an hour.`);
      changes.push(...(await world.run(1)));
    }
    const showsAtMs = world.nowMs();
    const minutes = Math.ceil(drill.withinSeconds / 60) + 15;
    changes.push(...(await world.run(minutes, reaches(drill.alarm, 'ALARM'))));
    const alarmAtMs = changes.find(isChange(drill.alarm, 'ALARM'))?.atMs;

    await mend();
    const mendedAtMs = world.nowMs();
    const recovery = await world.run(drill.okWithinMinutes + 15, reaches(drill.alarm, 'OK'));
    const okAtMs = recovery.find(isChange(drill.alarm, 'OK'))?.atMs;
    const others = othersIn([...changes, ...recovery], drill.alarm);
    const secondsToAlarm = secondsBetween(showsAtMs, alarmAtMs);
    const secondsToOk = alarmAtMs === undefined ? undefined : secondsBetween(mendedAtMs, okAtMs);
    const faults = judge(drill, { secondsToAlarm, secondsToOk, others });
    return { alarm: drill.alarm, fault: drill.fault, secondsToAlarm, secondsToOk, others, faults };
  } finally {
    await world.close();
  }
}

/** An hour without Zoho: somebody is paged once, however many connections there are, and it ends by itself. */
export async function runOutage(
  definitions: readonly AlarmDefinition[],
): Promise<{ readonly pages: number; readonly isOver: boolean }> {
  const world = await DrillWorld.start(definitions);
  try {
    await world.run(40);
    const end = zohoDown(world);
    const changes = await world.run(60);
    end();
    changes.push(...(await world.run(30)));
    const pages = changes.filter(isChange('page', 'ALARM')).length;
    return { pages, isOver: world.stateOf(`${STACK}page`) === 'OK' };
  } finally {
    await world.close();
  }
}

function judge(
  { alarm, withinSeconds, okWithinMinutes, also }: Drill,
  { secondsToAlarm, secondsToOk, others }: Pick<DrillResult, 'secondsToAlarm' | 'secondsToOk' | 'others'>,
): string[] {
  const late = secondsToAlarm !== undefined && secondsToAlarm > withinSeconds;
  const slow = secondsToOk !== undefined && secondsToOk > okWithinMinutes * 60;
  return [
    secondsToAlarm === undefined ? [`${alarm} did not go off`] : [],
    late ? [`${alarm} went off after ${secondsToAlarm} s, ${withinSeconds} s are allowed`] : [],
    secondsToAlarm !== undefined && secondsToOk === undefined ? [`${alarm} did not end`] : [],
    slow ? [`${alarm} ended after ${secondsToOk} s, ${okWithinMinutes} min are allowed`] : [],
    others
      .filter((other) => !Object.hasOwn(also, other))
      .map((other) => `${other} went off, which nobody expects`),
  ].flat();
}

function othersIn(changes: readonly StateChange[], alarm: string): string[] {
  const names = changes.filter(({ to }) => to === 'ALARM').map((change) => change.alarm.slice(STACK.length));
  return [...new Set(names)].filter((name) => name !== alarm && !COMPOSITES.includes(name));
}

function isChange(alarm: string, to: StateChange['to']) {
  return (change: StateChange) => change.alarm === `${STACK}${alarm}` && change.to === to;
}

function reaches(alarm: string, to: StateChange['to']) {
  return (changes: readonly StateChange[]) => changes.some(isChange(alarm, to));
}

function secondsBetween(fromMs: number, toMs: number | undefined): number | undefined {
  return toMs === undefined ? undefined : Math.max(0, Math.round((toMs - fromMs) / 1000));
}
