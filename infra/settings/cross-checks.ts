import { RegionInfo } from 'aws-cdk-lib/region-info';
import { DEFAULT_CONFIG } from '../../lambdas/refresher/config.ts';
import {
  ALARM_NAMES,
  alarmId,
  CONSENT_ALARM_NAMES,
  RETIRED_ALARMS,
  SHARD_ALARM,
} from '../alarms/alarm-names.ts';
import { fleetEnvironment } from '../fleet/fleet-environment.ts';
import { fleetSettings } from '../fleet/fleet-settings.ts';
import {
  environmentBytes,
  LONG_FLEET_NAMES,
  LONG_TOPIC_ARN,
  MAX_ENVIRONMENT_BYTES,
} from '../refresher-environment.ts';
import { describeProblem } from './problems.ts';
import { FEWEST_EXECUTIONS, type Settings } from './settings.ts';

/** Problems between settings that are each valid alone. Leave settings that are invalid out of `settings`. */
export function crossProblems(settings: Partial<Settings>): string[] {
  return [
    checkTimeouts(settings),
    checkFleetRate(settings),
    checkConcurrencyOfShards(settings),
    checkEnvironmentSize(settings),
    checkExampleConsumer(settings),
    checkRemoval(settings),
    checkFollow(settings),
    ...checkReplicaPartitions(settings),
    ...checkDisabledAlarms(settings),
  ].filter((problem) => problem !== undefined);
}

/** The stack is in one partition, which may not be known yet. */
function checkReplicaPartitions({ connections = {} }: Partial<Settings>): string[] {
  return Object.entries(connections).flatMap(
    ([
      name,
      {
        replicaRegions: [first = '', ...others],
      },
    ]) => {
      const partition = RegionInfo.get(first).partition;
      const other = others.find((region) => RegionInfo.get(region).partition !== partition);
      if (other === undefined) return [];
      return `connections.${name}.replicaRegions: "${other}" is in the partition ${RegionInfo.get(other).partition}, "${first}" is in ${partition}. Allowed: regions of one partition.`;
    },
  );
}

/** Half of the function's time is for reading the credentials, publishing and committing. */
function checkTimeouts(settings: Partial<Settings>): string | undefined {
  const { functionTimeoutSeconds, zohoTimeoutSeconds } = settings;
  if (functionTimeoutSeconds === undefined || zohoTimeoutSeconds === undefined) return undefined;
  const longestSeconds = Math.floor(functionTimeoutSeconds / 2);
  if (zohoTimeoutSeconds <= longestSeconds) return undefined;
  return (
    `zohoTimeoutSeconds: ${zohoTimeoutSeconds} leaves too little of functionTimeoutSeconds (${functionTimeoutSeconds}) to publish the token. ` +
    `Allowed: at most half of it (${longestSeconds}), or a functionTimeoutSeconds of at least ${2 * zohoTimeoutSeconds}.`
  );
}

/** The rate is that of a shard, and there are none. */
function checkFleetRate(settings: Partial<Settings>): string | undefined {
  const { connectedStore, fleetShards, fleetRefreshesPerSecond } = settings;
  const isAlone = fleetShards === undefined && connectedStore === 'secrets-manager';
  if (fleetRefreshesPerSecond === undefined || !isAlone) return undefined;
  return `fleetRefreshesPerSecond: ${fleetRefreshesPerSecond} is the rate of each shard of a fleet, and this deployment has none. Allowed: together with connectedStore: "dynamodb" or with fleetShards. The rate of Secrets Manager is maxRefreshesPerSecond.`;
}

/** Every tick has an execution of its own: of the shards, and of declared connections. The others are for callers. */
function checkConcurrencyOfShards(settings: Partial<Settings>): string | undefined {
  const { connectedStore = 'secrets-manager', fleetShards, reservedConcurrency } = settings;
  const fleet = fleetSettings({ connectedStore, fleetShards, fleetRefreshesPerSecond: undefined });
  if (fleet === undefined || reservedConcurrency === undefined) return undefined;
  const fewest = fleet.shards + FEWEST_EXECUTIONS;
  if (reservedConcurrency >= fewest) return undefined;
  return `reservedConcurrency: ${reservedConcurrency} is too little for a fleet with fleetShards: ${fleet.shards}. Allowed: at least ${fewest}, because the tick of each shard needs an execution of its own.`;
}

function checkEnvironmentSize({
  connections,
  secretPrefix,
  follow,
  runbookBaseUrl,
  routineMetrics = false,
  dashboard = false,
  connectedStore = 'secrets-manager',
  fleetShards,
  fleetRefreshesPerSecond,
}: Partial<Settings>): string | undefined {
  if (connections === undefined || secretPrefix === undefined) return undefined;
  const declared = Object.entries(connections);
  const bytesOfFirst = (count: number) =>
    environmentBytes({
      ...DEFAULT_CONFIG,
      secretPrefix,
      followSecretPrefix: follow?.secretPrefix,
      runbookBaseUrl,
      ...{ routineMetrics, dashboard },
      pageTopicArn: LONG_TOPIC_ARN,
      ticketTopicArn: LONG_TOPIC_ARN,
      ...fleetEnvironment({ connectedStore, fleetShards, fleetRefreshesPerSecond }, LONG_FLEET_NAMES),
      connections: Object.fromEntries(declared.slice(0, count)),
    });
  const bytes = bytesOfFirst(declared.length);
  if (bytes <= MAX_ENVIRONMENT_BYTES) return undefined;
  const fitting = declared.findIndex((_, index) => bytesOfFirst(index + 1) > MAX_ENVIRONMENT_BYTES);
  return (
    `connections: need ${bytes} bytes of the function's environment. ` +
    `Allowed: ${MAX_ENVIRONMENT_BYTES} bytes (a limit of Lambda), enough for the first ${fitting} of ${declared.length}. ` +
    'Declare fewer connections or scopes, and add the others at run time with zoho-tokens connect.'
  );
}

function checkRemoval({ removalPolicy, terminationProtection }: Partial<Settings>): string | undefined {
  if (removalPolicy !== 'destroy' || terminationProtection !== true) return undefined;
  return 'removalPolicy: "destroy" contradicts terminationProtection. Allowed: one of them.';
}

function checkFollow({ follow, secretPrefix }: Partial<Settings>): string | undefined {
  if (follow === undefined || follow.secretPrefix !== secretPrefix) return undefined;
  return `follow.secretPrefix: "${secretPrefix}" is the secretPrefix of this deployment. Allowed: that of another one.`;
}

/** An alarm of one connection exists only if the connection is declared. */
function checkDisabledAlarms({
  disabledAlarms = [],
  connections,
  connectedStore = 'secrets-manager',
  fleetShards,
}: Partial<Settings>): string[] {
  if (connections === undefined) return [];
  const existing = Object.keys(connections).map((connection) => alarmId('UnauthorizedSpike', connection));
  const fleet = fleetSettings({ connectedStore, fleetShards, fleetRefreshesPerSecond: undefined });
  const ofShards = Array.from({ length: fleet?.shards ?? 0 }, (_, shard) =>
    alarmId(SHARD_ALARM, String(shard)),
  );
  const allowed = existing.join(', ') || 'none, since no connection is declared';
  return disabledAlarms.flatMap((name, index) => {
    if ([...ALARM_NAMES, ...CONSENT_ALARM_NAMES, ...existing, ...ofShards].some((each) => each === name))
      return [];
    if (name.startsWith(SHARD_ALARM))
      return `disabledAlarms[${index}]: ${describeProblem(name, { what: 'the alarm of a shard', allowed: ofShards.join(', ') || 'none, since there is no fleet' })}`;
    const instead = Object.hasOwn(RETIRED_ALARMS, name) ? RETIRED_ALARMS[name] : undefined;
    const problem =
      instead === undefined
        ? describeProblem(name, { what: 'an alarm of a declared connection', allowed, candidates: existing })
        : `"${name}" ${instead}.`;
    return `disabledAlarms[${index}]: ${problem}`;
  });
}

function checkExampleConsumer({ connections, exampleConsumer }: Partial<Settings>): string | undefined {
  if (connections === undefined || exampleConsumer === undefined) return undefined;
  const declared = Object.keys(connections);
  if (declared.includes(exampleConsumer)) return undefined;
  const what = 'a declared connection';
  const allowed = declared.join(', ') || 'none, since no connection is declared';
  return `exampleConsumer: ${describeProblem(exampleConsumer, { what, allowed, candidates: declared })}`;
}
