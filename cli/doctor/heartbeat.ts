import { type Look, look } from '../aws/try-read.ts';
import { readMetricSums } from '../cloudwatch/metric-sums.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unseen } from './finding.ts';

const WINDOW_MS = 5 * 60_000;
const PERIOD_SECONDS = 60;

/** Counts the runs that the refresher has completed in the last five minutes. */
export async function readHeartbeats(session: Session): Promise<Look<number>> {
  const { secretPrefix } = await session.deployment();
  const nowMs = session.machine.clock.now();
  // The end is left out by CloudWatch: the minute that has begun counts too.
  const endMs = nowMs + PERIOD_SECONDS * 1000;
  return await look(async () => {
    const found = await readMetricSums(session.aws.cloudWatch, secretPrefix, {
      sums: [{ id: 'heartbeats', metric: 'Heartbeat', statistic: 'SampleCount' }],
      time: { startMs: nowMs - WINDOW_MS, endMs, periodSeconds: PERIOD_SECONDS },
    });
    return found.get('heartbeats') ?? 0;
  });
}

/** Whether the refresher is alive. */
export function judgeHeartbeats(heartbeats: Look<number>): Finding {
  if (heartbeats.kind === 'unseen') return unseen('the heartbeat', heartbeats.error);
  return heartbeats.value > 0
    ? pass(`${heartbeats.value} completed run${heartbeats.value === 1 ? '' : 's'} in the last 5 minutes`)
    : fail('the refresher has completed no run in the last 5 minutes', 'docs/runbooks/RefresherSilent.md');
}
