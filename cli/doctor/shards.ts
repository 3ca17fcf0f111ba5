import type { Connection } from '../../lambdas/core/connection/connection.ts';
import { shardOfPartition } from '../../lambdas/core/connection/partition.ts';
import { type ReadResult, tryRead } from '../aws/try-read.ts';
import { type MetricSum, readMetricSums } from '../cloudwatch/metric-sums.ts';
import type { DeployedFleet } from '../deployment/deployment.ts';
import { nameOfShard } from '../reports/place.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';
import { rangeOfHeartbeats, runsOf } from './heartbeat.ts';
import { readScheduleState } from './schedule.ts';

const RUNBOOK = 'docs/runbooks/ShardSilent.md';

/** The schedule of a shard. */
export interface ShardSchedule {
  readonly shard: number;
  readonly scheduleName: string;
  /** `ENABLED` or `DISABLED`. */
  readonly state: ReadResult<string | undefined>;
}

/** Reads the schedules of these shards. */
export async function readShardSchedules(
  session: Session,
  { shardSchedules }: DeployedFleet,
  shards: readonly number[],
): Promise<readonly ShardSchedule[]> {
  return await Promise.all(
    shards.map(async (shard) => {
      const scheduleName = shardSchedules[shard] ?? '';
      return { shard, scheduleName, state: await readScheduleState(session, scheduleName) };
    }),
  );
}

/** Whether the schedules of these shards are enabled. */
export function judgeShardSchedules(
  schedules: readonly ShardSchedule[],
  { shards }: Pick<DeployedFleet, 'shards'>,
): Finding {
  const problems = schedules.flatMap(({ shard, scheduleName, state }) => {
    const which = `the schedule ${scheduleName} of ${nameOfShard(shard, shards)}`;
    if (state.kind === 'unavailable')
      return state.error.code === 'aws_not_found' ? [`${which} does not exist: it was deleted`] : [];
    return state.value === 'ENABLED' ? [] : [`${which} is ${state.value ?? 'in an unknown state'}`];
  });
  if (problems.length > 0) {
    return failOfShards(
      problems,
      `${problems.length} schedules of shards do not run`,
      `Enable it in the console (EventBridge Scheduler, Schedules), or, if it was deleted, deploy with --revert-drift. See ${RUNBOOK}.`,
    );
  }
  for (const { shard, state } of schedules)
    if (state.kind === 'unavailable')
      return unavailable(`the schedule of ${nameOfShard(shard, shards)}`, state.error);
  const [first] = schedules;
  return pass(
    schedules.length === 1 && first !== undefined
      ? `${nameOfShard(first.shard, shards)}: enabled`
      : `all ${schedules.length} are enabled`,
  );
}

/** The completed runs of these shards in the last five minutes, by shard. */
export async function readShardHeartbeats(
  session: Session,
  shards: readonly number[],
): Promise<ReadResult<ReadonlyMap<number, number>>> {
  const { secretPrefix } = await session.deployment();
  const range = rangeOfHeartbeats(session.runtime.clock.now());
  const sums = shards.map(
    (shard): MetricSum => ({ id: idOf(shard), metric: 'ShardHeartbeat', shard, statistic: 'SampleCount' }),
  );
  return await tryRead(async () => {
    const found = await readMetricSums(session.aws.cloudWatch, secretPrefix, { sums, range });
    return new Map(shards.map((shard) => [shard, found.get(idOf(shard)) ?? 0]));
  });
}

/** Whether these shards run. */
export function judgeShardHeartbeats(
  runs: ReadResult<ReadonlyMap<number, number>>,
  { shards }: Pick<DeployedFleet, 'shards'>,
): Finding {
  if (runs.kind === 'unavailable') return unavailable('the heartbeats of the shards', runs.error);
  const silent = [...runs.value].filter(([, count]) => count === 0);
  if (silent.length > 0) {
    return failOfShards(
      silent.map(([shard]) => `${nameOfShard(shard, shards)} completed no run in the last 5 minutes`),
      `${silent.length} shards completed no run in the last 5 minutes`,
      `The tokens of its connections are not refreshed. See ${RUNBOOK}.`,
    );
  }
  const [[shard, count] = [0, 0], ...others] = runs.value;
  return pass(
    others.length === 0
      ? `${nameOfShard(shard, shards)}: ${runsOf(count)} in the last 5 minutes`
      : `all ${runs.value.size} shards completed runs in the last 5 minutes`,
  );
}

/** The shard that refreshes a connection. Undefined: the schedule of declared connections does. */
export function shardOf(
  { partition }: Pick<Connection, 'partition'>,
  fleet: Pick<DeployedFleet, 'shards'> | undefined,
): number | undefined {
  return partition === undefined || fleet === undefined
    ? undefined
    : shardOfPartition(partition, fleet.shards);
}

function failOfShards(problems: readonly string[], several: string, fix: string): Finding {
  const [first = several, ...others] = problems;
  return others.length === 0 ? fail(first, fix) : fail(several, fix, problems);
}

function idOf(shard: number): string {
  return `shard${shard}`;
}
