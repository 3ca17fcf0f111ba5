import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { SERVICE_DIMENSION, SHARD_DIMENSION } from '../../lambdas/core/metrics.ts';
import { refresherMetric } from '../metrics.ts';
import type { AlarmDefinition } from './alarm-definition.ts';
import { type FunctionAlarmsProps, noRun, threeRuns } from './function-alarms.ts';

/** The composite alarm of all shards. RefresherSilent has its own: one that lasts would hide the other. */
const COMPOSITE = 'page-shards';

/**
 * One shard of a fleet does not run: the same as RefresherSilent, for the connections of this shard. One alarm for each, because CloudWatch
 * allows ten metrics in an expression. A shard that is added later does not page before its first runs either, so each has a latch.
 * They page through one composite alarm: what stops one shard usually stops others.
 */
export function shardSilent(props: FunctionAlarmsProps, shard: number): AlarmDefinition {
  const dimensionsMap = { [SERVICE_DIMENSION]: props.secretPrefix, [SHARD_DIMENSION]: String(shard) };
  const heartbeats = refresherMetric(props.secretPrefix, 'ShardHeartbeat', {
    dimensionsMap,
    statistic: Stats.SAMPLE_COUNT,
  });
  return {
    name: 'ShardSilent',
    part: String(shard),
    audience: 'page',
    meaning:
      `Shard ${shard} of the fleet has not completed a run for 3 to 5 minutes. ` +
      'The tokens of its connections, which were added at run time, are not refreshed; all of them expire within an hour. ' +
      'Expected for a few minutes after the shard is deployed, when it does not page.',
    first:
      'run zoho-tokens doctor, which checks the schedule of each shard; then read the log of the function.',
    condition: noRun(props, heartbeats),
    latch: {
      name: `ShardStarted-${shard}`,
      meaning: `Not an alarm: OK since shard ${shard} has completed 3 runs. Before that, ShardSilent-${shard} does not page.`,
      condition: threeRuns(heartbeats),
      composite: {
        name: COMPOSITE,
        meaning:
          'ShardSilent of one shard or more, once ShardStarted of that shard is set: the fleet has a shard that has not completed a run for 3 to 5 minutes.',
      },
    },
  };
}
