import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import { MonitoredDeployment } from './monitored-deployment.ts';

const STACK = 'ZohoTokenRefresher-';
/** Enough for RefresherStarted to be set. */
const FIRST_RUNS = 3;

/** How one way to begin went. */
export interface FirstDeployment {
  readonly story: string;
  readonly pages: number;
  /** Times that RefresherSilent notified the alarm topic. */
  readonly notifications: number;
  /** Empty when it passed. */
  readonly problems: readonly string[];
}

interface Story {
  readonly story: string;
  /** Minutes from the deployment, which creates the alarms, to the first tick. */
  readonly minutesToFirstTick: number;
  /** Minutes of ticks after that. */
  readonly minutesOfTicks: number;
  readonly minutesDead: number;
  readonly pages: number;
  readonly notifications: number;
}

const STORIES: readonly Story[] = [
  {
    story: 'a first deployment that is healthy from the first minute',
    ...{ minutesToFirstTick: 0, minutesOfTicks: 60, minutesDead: 0, pages: 0, notifications: 0 },
  },
  {
    story: 'a first deployment whose alarms are created 10 minutes before the schedule',
    ...{ minutesToFirstTick: 10, minutesOfTicks: 60, minutesDead: 0, pages: 0, notifications: 1 },
  },
  {
    story: 'a refresher that never starts',
    ...{ minutesToFirstTick: 60, minutesOfTicks: 0, minutesDead: 0, pages: 0, notifications: 1 },
  },
  {
    story: `a refresher that dies after its first ${FIRST_RUNS} runs`,
    ...{ minutesToFirstTick: 10, minutesOfTicks: FIRST_RUNS, minutesDead: 60, pages: 1, notifications: 2 },
  },
  {
    story: 'a refresher that dies after 3 hours',
    ...{ minutesToFirstTick: 0, minutesOfTicks: 180, minutesDead: 60, pages: 1, notifications: 1 },
  },
];

/** A first deployment must page no one, unless the refresher dies after it has started. Without connections. */
export async function runFirstDeployments(
  definitions: readonly AlarmDefinition[],
): Promise<readonly FirstDeployment[]> {
  const results: FirstDeployment[] = [];
  for (const story of STORIES) results.push(await runFirstDeployment(story, definitions));
  return results;
}

async function runFirstDeployment(
  story: Story,
  definitions: readonly AlarmDefinition[],
): Promise<FirstDeployment> {
  const drill = await MonitoredDeployment.deploy(definitions);
  const counts = { page: 0, RefresherSilent: 0, whenSkewed: 0 };
  try {
    for (const [minutes, scheduleIsDisabled] of [
      [story.minutesToFirstTick, true],
      [story.minutesOfTicks, false],
      [story.minutesDead, true],
    ] as const) {
      drill.faults.scheduleIsDisabled = scheduleIsDisabled;
      for (let minute = 0; minute < minutes; minute += 1) {
        const wasSilent = drill.stateOf(`${STACK}RefresherSilent`) === 'ALARM';
        const wasUnset = isUnset(drill);
        const changes = await drill.run(1);
        for (const { alarm, to } of changes)
          if (to === 'ALARM' && (alarm === `${STACK}page` || alarm === `${STACK}RefresherSilent`))
            counts[alarm.slice(STACK.length) as 'page' | 'RefresherSilent'] += 1;
        // CloudWatch evaluates each alarm at its own second: RefresherStarted may be set while RefresherSilent is still as before.
        if (wasSilent && wasUnset && !isUnset(drill)) counts.whenSkewed += 1;
      }
    }
  } finally {
    await drill.close();
  }
  const { page: pages, RefresherSilent: notifications, whenSkewed } = counts;
  const problems = [
    pages === story.pages ? [] : [`paged ${pages} times, not ${story.pages}`],
    notifications === story.notifications
      ? []
      : [`RefresherSilent notified ${notifications} times, not ${story.notifications}`],
    whenSkewed === 0 ? [] : ['RefresherStarted is set in the minute in which RefresherSilent ends'],
  ].flat();
  return { story: story.story, pages, notifications, problems };
}

function isUnset(drill: MonitoredDeployment): boolean {
  return drill.stateOf(`${STACK}RefresherStarted`) === 'INSUFFICIENT_DATA';
}
