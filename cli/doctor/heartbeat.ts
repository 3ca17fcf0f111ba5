import { type ReadResult, tryRead } from '../aws/try-read.ts';
import { readMetricSums } from '../cloudwatch/metric-sums.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

const WINDOW_MS = 5 * 60_000;
const PERIOD_SECONDS = 60;

/** Counts the refresher's completed runs in the last five minutes. */
export async function readHeartbeats(session: Session): Promise<ReadResult<number>> {
  const { secretPrefix } = await session.deployment();
  const nowMs = session.runtime.clock.now();
  // CloudWatch excludes the end of the range. The minute in progress counts too.
  const endMs = nowMs + PERIOD_SECONDS * 1000;
  return await tryRead(async () => {
    const found = await readMetricSums(session.aws.cloudWatch, secretPrefix, {
      sums: [{ id: 'heartbeats', metric: 'Heartbeat', statistic: 'SampleCount' }],
      range: { startMs: nowMs - WINDOW_MS, endMs, periodSeconds: PERIOD_SECONDS },
    });
    return found.get('heartbeats') ?? 0;
  });
}

/** Whether the refresher is running. */
export function judgeHeartbeats(heartbeats: ReadResult<number>): Finding {
  if (heartbeats.kind === 'unavailable') return unavailable('the heartbeat', heartbeats.error);
  return heartbeats.value > 0
    ? pass(`${heartbeats.value} completed run${heartbeats.value === 1 ? '' : 's'} in the last 5 minutes`)
    : fail('the refresher completed no run in the last 5 minutes', 'See docs/runbooks/RefresherSilent.md.');
}
