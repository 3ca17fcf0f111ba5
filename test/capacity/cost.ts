import { dollarsFor, type PriceName } from '../../cli/reports/aws-prices.ts';
import { monthlyUse } from '../support/monthly-use.ts';
import type { FleetCase } from './cases.ts';
import type { CostItem } from './cost-items.ts';
import type { FleetRun } from './fleet-run.ts';

const DAYS = 730 / 24;
const GIGABYTE = 1024 ** 3;

/** A consumer reads each token once, after 53 minutes. */
const READS_A_DAY = (24 * 60) / 53;

/** Bytes of an item with a sealed token and of one with sealed credentials, and of a row in the index with keys only. */
const SEALED_BYTES = 800 + 550;
const KEYS_BYTES = 140;

/** KMS requests of Secrets Manager (User Guide, "Secret encryption and decryption"): a read decrypts, a write has a new data key. */
const KEY_CALLS = { 'secretsmanager:GetSecretValue': 1, 'secretsmanager:PutSecretValue': 2 };

/** By the number of shards: synthesizing the stack takes seconds. */
const standing = new Map<number | undefined, Use>();

/** What a deployment has without connections: alarms, metrics and the key. Each shard has its own alarms and metric. */
function standingOf({ shards }: Pick<FleetCase, 'shards'>): Use {
  const known = standing.get(shards);
  if (known !== undefined) return known;
  const settings = shards === undefined ? {} : ({ connectedStore: 'dynamodb', fleetShards: shards } as const);
  const { alarmMetric, compositeAlarm, customMetric, dashboard, key } = monthlyUse({
    declared: 0,
    ...settings,
  });
  const use = { alarmMetric, compositeAlarm, customMetric, dashboard, key };
  standing.set(shards, use);
  return use;
}

type Use = Partial<Readonly<Record<PriceName, number>>>;

const ALARMS = 'alarms and metrics';

/** The groups of the table, with the prices in each. */
const ITEMS: Readonly<Record<string, readonly PriceName[]>> = {
  secrets: ['secret'],
  'calls of Secrets Manager': ['secretCall'],
  KMS: ['key', 'keyCall'],
  'DynamoDB, writes': ['tableWrite'],
  'DynamoDB, reads and storage': ['tableRead', 'tableStorage', 'tableRecovery'],
  'Lambda and Scheduler': ['invocation', 'computeSecond', 'scheduledInvocation', 'trace'],
  logs: ['logIngestion'],
  [ALARMS]: ['alarmMetric', 'compositeAlarm', 'customMetric', 'dashboard'],
};

/** What a fleet costs in a month, from one of its days. `day` is that of one shard. */
export function costsOf(fleet: FleetCase, day: FleetRun, rowBytes: number): readonly CostItem[] {
  const { connections, memoryGb } = fleet;
  const amount = fleet.shards ?? 1;
  const { usage } = day;
  const calls = (prefix: string) =>
    Object.entries(usage.calls).reduce(
      (sum, [name, count]) => sum + (name.startsWith(prefix) ? count : 0),
      0,
    );
  const inMonth = (units: number) => units * amount * DAYS;
  const isSealed = fleet.store === 'dynamodb';
  const reads = connections * READS_A_DAY * DAYS;
  const keyCalls = isSealed
    ? calls('kms:')
    : Object.entries(KEY_CALLS).reduce((sum, [name, each]) => sum + each * calls(name), 0);
  const gigabytes = (connections * (2 * rowBytes + KEYS_BYTES + (isSealed ? SEALED_BYTES : 0))) / GIGABYTE;
  const use: Use = {
    ...standingOf(fleet),
    secret: isSealed ? 0 : 2 * connections,
    secretCall: inMonth(calls('secretsmanager:')) + (isSealed ? 0 : reads),
    keyCall: inMonth(keyCalls) + reads,
    tableWrite: inMonth(usage.writeUnits),
    tableRead: inMonth(usage.itemReadUnits + usage.queryReadUnits) + (isSealed ? reads / 2 : 0),
    tableStorage: gigabytes,
    tableRecovery: gigabytes,
    invocation: inMonth(day.ticks),
    scheduledInvocation: inMonth(day.ticks),
    trace: inMonth(day.ticks),
    computeSecond: inMonth((day.busyMs / 1000) * memoryGb),
    logIngestion: inMonth(usage.logBytes) / GIGABYTE,
  };
  return Object.entries(ITEMS).map(([item, names]) => ({ item, dollars: dollarsOf(use, names) }));
}

/** The item for alarms and metrics, which does not depend on a simulated day. */
export function costOfAlarms(fleet: Pick<FleetCase, 'shards'>): CostItem {
  return { item: ALARMS, dollars: dollarsOf(standingOf(fleet), ITEMS[ALARMS]) };
}

function dollarsOf(use: Use, names: readonly PriceName[] = []): number {
  return names.reduce((sum, name) => sum + dollarsFor(name, use[name] ?? 0), 0);
}
