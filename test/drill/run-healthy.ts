import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import type { StateChange } from '../../sandbox/alarms/alarm-evaluator.ts';
import { MonitoredDeployment } from './monitored-deployment.ts';

const ONE_FAILURE_IN = 200;
/** Within the first day, which has about fifty refreshes. */
const FIRST_FAILURE = 20;
const ONE_REJECTED_IN = 10_000;

/** The outcome of healthy hours. */
export interface HealthyResult {
  readonly refreshes: number;
  /** Refreshes that failed as noise. */
  readonly failures: number;
  /** Calls of Zoho by consumers. */
  readonly calls: number;
  /** Calls that got a 401 as noise, although their token was valid. */
  readonly stray401s: number;
  /** The alarms that went off. */
  readonly alarms: readonly StateChange[];
  /** Why the healthy hours failed; empty when they passed. */
  readonly problems: readonly string[];
}

/** Runs hours with ordinary noise: one transient failure in 200 refreshes and one stray 401 in 10,000 calls. No alarm may go off. */
export async function runHealthy(
  definitions: readonly AlarmDefinition[],
  hours: number,
  onHour: (hour: number) => void,
): Promise<HealthyResult> {
  const drill = await MonitoredDeployment.start(definitions);
  try {
    makeNoise(drill);
    const alarms: StateChange[] = [];
    for (let hour = 1; hour <= hours; hour += 1) {
      const changes = await drill.run(60);
      alarms.push(...changes.filter(({ to }) => to === 'ALARM'));
      onHour(hour);
    }
    const { metrics, zoho } = drill.deployment;
    const result = {
      refreshes: zoho.tokenCalls.filter(({ outcome }) => outcome === 'minted').length,
      failures: metrics.ofFleet('RefreshFailed').length,
      ...drill.consumed,
      alarms,
    };
    return { ...result, problems: problemsOf(result) };
  } finally {
    await drill.close();
  }
}

function makeNoise(drill: MonitoredDeployment): void {
  let asked = 0;
  drill.deployment.zoho.onTokenRequest(() => {
    asked += 1;
    return asked % ONE_FAILURE_IN === FIRST_FAILURE ? { kind: 'html-5xx' } : undefined;
  });
  drill.faults.rejectOneCallIn = ONE_REJECTED_IN;
}

/** Hours without any noise would prove nothing. */
function problemsOf({ failures, stray401s, alarms }: Omit<HealthyResult, 'problems'>): string[] {
  return [
    [...new Set(alarms.map(({ alarm }) => `${alarm} went off in healthy hours`))],
    failures === 0 ? ['no refresh failed: without noise the healthy hours prove nothing'] : [],
    stray401s === 0 ? ['no call got a stray 401: without noise the healthy hours prove nothing'] : [],
  ].flat();
}
