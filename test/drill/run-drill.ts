import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import type { StateChange } from '../../sandbox/alarms/alarm-evaluator.ts';
import type { Drill } from './drills.ts';
import { MonitoredDeployment } from './monitored-deployment.ts';

const STACK = 'ZohoTokenRefresher-';
const LONGEST_WAIT_MINUTES = 60;
/** It goes off with its part. */
const COMPOSITES = ['page'];

/** The outcome of a drill. */
export interface DrillResult {
  readonly alarm: string;
  readonly fault: string;
  /** Simulated seconds from the visible fault to ALARM; undefined when it never went off. */
  readonly secondsToAlarm: number | undefined;
  /** Simulated seconds from the fix to OK. */
  readonly secondsToOk: number | undefined;
  /** Other alarms that went off, without composite ones. */
  readonly others: readonly string[];
  /** Why the drill failed; empty when it passed. */
  readonly problems: readonly string[];
}

/** Injects a fault, waits for its alarm, fixes the fault, and waits until the alarm is OK. */
export async function runDrill(drill: Drill, definitions: readonly AlarmDefinition[]): Promise<DrillResult> {
  const deployment = await MonitoredDeployment.start(definitions);
  try {
    const changes: StateChange[] = [];
    const fix = await drill.inject(deployment);
    const isVisible = drill.isVisible ?? (() => true);
    for (let minute = 0; !isVisible(deployment); minute += 1) {
      if (minute > LONGEST_WAIT_MINUTES)
        throw new Error(`${drill.fault}: the fault did not become visible within an hour.`);
      changes.push(...(await deployment.run(1)));
    }
    const visibleAtMs = deployment.nowMs();
    const minutes = Math.ceil(drill.withinSeconds / 60) + 15;
    changes.push(...(await deployment.run(minutes, reaches(drill.alarm, 'ALARM'))));
    const alarmAtMs = changes.find(isChange(drill.alarm, 'ALARM'))?.atMs;

    await fix();
    const fixedAtMs = deployment.nowMs();
    const recovery = await deployment.run(drill.okWithinMinutes + 15, reaches(drill.alarm, 'OK'));
    const okAtMs = recovery.find(isChange(drill.alarm, 'OK'))?.atMs;
    const others = othersIn([...changes, ...recovery], drill.alarm);
    const secondsToAlarm = secondsBetween(visibleAtMs, alarmAtMs);
    const secondsToOk = alarmAtMs === undefined ? undefined : secondsBetween(fixedAtMs, okAtMs);
    const problems = problemsOf(drill, { secondsToAlarm, secondsToOk, others });
    return { alarm: drill.alarm, fault: drill.fault, secondsToAlarm, secondsToOk, others, problems };
  } finally {
    await deployment.close();
  }
}

function problemsOf(
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
    others.filter((other) => !Object.hasOwn(also, other)).map((other) => `${other} went off unexpectedly`),
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
