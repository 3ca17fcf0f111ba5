import type { AlarmDefinition } from '../../sandbox/alarms/alarm-definition.ts';
import type { StateChange } from '../../sandbox/alarms/alarm-evaluator.ts';
import { DrillWorld } from './monitored-deployment.ts';

const ONE_FAILURE_IN = 200;
/** Within the first day, which has some fifty refreshes. */
const FIRST_FAILURE = 20;
const ONE_REJECTED_IN = 10_000;

/** What came of healthy hours. */
export interface HealthyResult {
  readonly refreshes: number;
  /** Refreshes that failed: noise. */
  readonly failures: number;
  /** Calls of Zoho that consumers made. */
  readonly calls: number;
  /** Calls that were answered with a 401 though their token was valid: noise. */
  readonly stray401s: number;
  /** The alarms that went off. */
  readonly alarms: readonly StateChange[];
  /** What was not as it should be; empty when all was. */
  readonly faults: readonly string[];
}

/** Hours with no more than ordinary noise, one transient failure in 200 refreshes and one stray 401 in 10,000 calls: nobody is woken. */
export async function runHealthy(
  definitions: readonly AlarmDefinition[],
  hours: number,
  onHour: (hour: number) => void,
): Promise<HealthyResult> {
  const drill = await DrillWorld.start(definitions);
  try {
    makeNoise(drill);
    const alarms: StateChange[] = [];
    for (let hour = 1; hour <= hours; hour += 1) {
      const changes = await drill.run(60);
      alarms.push(...changes.filter(({ to }) => to === 'ALARM'));
      onHour(hour);
    }
    const countOf = (name: string) => drill.world.metrics.ofFleet(name).length;
    const result = {
      refreshes: countOf('RefreshSucceeded'),
      failures: countOf('RefreshFailed'),
      ...drill.consumed(),
      alarms,
    };
    return { ...result, faults: judge(result) };
  } finally {
    await drill.close();
  }
}

function makeNoise(drill: DrillWorld): void {
  let asked = 0;
  drill.world.zoho.onTokenRequest(() => {
    asked += 1;
    return asked % ONE_FAILURE_IN === FIRST_FAILURE ? { kind: 'html-5xx' } : undefined;
  });
  drill.trouble.oneInCallsIsRejected = ONE_REJECTED_IN;
}

/** Silence proves nothing when there was nothing to hear. */
function judge({ failures, stray401s, alarms }: Omit<HealthyResult, 'faults'>): string[] {
  return [
    [...new Set(alarms.map(({ alarm }) => `${alarm} went off although all was well`))],
    failures === 0 ? ['no refresh failed: the healthy time was too quiet to prove anything'] : [],
    stray401s === 0 ? ['no call got a stray 401: the healthy time was too quiet to prove anything'] : [],
  ].flat();
}
