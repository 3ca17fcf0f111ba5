import { type Agreement, compare } from './agreement.ts';
import { CASES, type FleetCase, nameOfCase, planOf } from './cases.ts';
import { costsOf } from './cost.ts';
import type { CostItem } from './cost-items.ts';
import type { Fleet } from './fleet.ts';
import type { FleetPlan, Store } from './fleet-plan.ts';
import { type FleetRun, type Judgement, type QuotaUse, sumOf } from './fleet-run.ts';
import { ModelFleet } from './model/model-fleet.ts';
import { calibrate, type Profile } from './model/profile.ts';
import { RealFleet } from './real/real-fleet.ts';
import { type Rate, type Recovery, runBusy, runHang, runRecovery, withHang, withOutage } from './stories.ts';

/** What is known of a fleet. Figures are those of all shards, rates those of one. */
export interface CaseResult extends FleetCase {
  readonly day: DayResult;
  readonly recovery: RecoveryResult;
  /** Of the connections in the other data center, while half of the fleet is in one that hangs. Undefined for one connection. */
  readonly hang: Judgement | undefined;
  readonly costs: readonly CostItem[];
}

export interface DayResult extends Judgement {
  readonly refreshes: number;
  /** Of one shard. */
  readonly perSecond: number;
  readonly busiestMinute: number;
  readonly longestTickMs: number;
  readonly gbSeconds: number;
  readonly quotas: readonly QuotaUse[];
}

export type RecoveryResult = Omit<Recovery, 'run' | 'before'>;

/** What the real handler did by itself, and how well the model reproduces it. */
export interface StoreResult {
  readonly store: Store;
  /** Of a fleet of 10,000. */
  readonly connections: number;
  readonly recovery: RecoveryResult;
  /** Of one shard of the largest fleet, while more is due than it can renew. */
  readonly steady: Rate & { readonly connections: number; readonly refreshesPerSecond: number };
  readonly hang: Judgement;
  readonly agreements: readonly Agreement[];
  readonly rowBytes: number;
}

export interface CapacityResult {
  readonly stores: readonly StoreResult[];
  readonly cases: readonly CaseResult[];
}

export interface CapacityOptions {
  /** Small fleets and short stories, for tests. */
  readonly isQuick: boolean;
  /** @default both */
  readonly stores?: readonly Store[];
  readonly onProgress: (what: string) => void;
}

const STORES: readonly Store[] = ['secrets-manager', 'dynamodb'];
const MINUTES_A_DAY = 24 * 60;

/** Runs all fleets. The same numbers come out on every machine. */
export async function runCapacity({
  isQuick,
  stores: asked = STORES,
  onProgress,
}: CapacityOptions): Promise<CapacityResult> {
  const all = isQuick ? CASES.filter(isSmall) : CASES;
  const stores: StoreResult[] = [];
  const cases: CaseResult[] = [];
  const profiles = new Map<string, Profile>();
  const profileOf = async (fleet: FleetCase) => {
    const key = `${fleet.store} ${fleet.shards}`;
    const known = profiles.get(key);
    if (known !== undefined) return known;
    onProgress(`calibrating the model for ${nameOfCase(fleet)}`);
    const profile = await calibrate(planOf(fleet));
    profiles.set(key, profile);
    return profile;
  };
  for (const store of asked) {
    const fleets = CASES.filter((fleet) => fleet.store === store);
    const middle = fleets.find(({ connections }) => connections === 10_000);
    const largest = isQuick ? middle : fleets.at(-1);
    if (middle === undefined || largest === undefined) throw new Error(`There are no fleets in ${store}.`);
    stores.push(await runStore(await profileOf(middle), { middle, largest, isQuick, onProgress }));
    for (const fleet of all.filter((each) => each.store === store))
      cases.push(await runCase(fleet, await profileOf(fleet), onProgress));
  }
  return { stores, cases };
}

/** One for each method and store. */
function isSmall({ store, connections }: FleetCase): boolean {
  return connections === (store === 'dynamodb' ? 10_000 : 100);
}

interface StoreCases {
  readonly middle: FleetCase;
  readonly largest: FleetCase;
  readonly isQuick: boolean;
  readonly onProgress: (what: string) => void;
}

const HANG_CONNECTIONS = 3_000;
const BUSY_MINUTES = 6;
/** Of a quick run. */
const QUICK = { connections: 600, hangConnections: 100, busyMinutes: 1, recoveryMinutes: 4 };

/** What is measured on the real handler. */
async function runStore(
  profile: Profile,
  { middle, largest, isQuick, onProgress }: StoreCases,
): Promise<StoreResult> {
  const say = (what: string) => (minute: number) =>
    onProgress(`the real handler, ${nameOfCase(middle)}, ${what}: minute ${minute}`);
  const plan = { ...planOf(middle), ...(isQuick && { connections: QUICK.connections }) };
  const minutes = isQuick ? QUICK.recoveryMinutes : middle.recoveryMinutes;
  const outage = withOutage(plan);
  const real = await runRecovery(new RealFleet(outage), plan, { minutes, onMinute: say('an outage') });
  const model = await runRecovery(new ModelFleet(outage, profile), plan, { minutes });

  const hanging = withHang({ ...plan, connections: isQuick ? QUICK.hangConnections : HANG_CONNECTIONS });
  const hang = await runHang(new RealFleet(hanging), say('a data center that hangs'));

  const shard = planOf(largest);
  const busyMinutes = isQuick ? QUICK.busyMinutes : BUSY_MINUTES;
  // Some are blocked, so that more than these minutes' work is needed.
  const dueNow = (busyMinutes + 2) * 60 * shard.refreshesPerSecond;
  const busy = { ...shard, dueNow, ...(isQuick && { connections: dueNow }) };
  const rate = await runBusy(new RealFleet(busy), busy, { minutes: busyMinutes, onMinute: say('busy') });
  return {
    store: middle.store,
    connections: plan.connections,
    recovery: withoutRun(real),
    steady: { ...rate, connections: busy.connections, refreshesPerSecond: busy.refreshesPerSecond },
    hang,
    agreements: compare(real, model),
    rowBytes: profile.rowBytes,
  };
}

/** A day, an outage and a hang of one fleet. */
async function runCase(
  fleet: FleetCase,
  profile: Profile,
  onProgress: (what: string) => void,
): Promise<CaseResult> {
  const method = fleet.isReal ? 'the real handler' : 'the model';
  const say = (what: string) => (minute: number) =>
    onProgress(`${method}, ${nameOfCase(fleet)}, ${what}: minute ${minute}`);
  const plan = planOf(fleet);
  const fleetOf = (of: FleetPlan): Fleet => (fleet.isReal ? new RealFleet(of) : new ModelFleet(of, profile));
  const whole = fleetOf(plan);
  await whole.runTo(MINUTES_A_DAY, say('a day'));
  const day = whole.summary(MINUTES_A_DAY);
  const recovery = await runRecovery(fleetOf(withOutage(plan)), plan, {
    minutes: fleet.recoveryMinutes,
    onMinute: say('an outage'),
  });
  const hang =
    plan.connections < 2
      ? undefined
      : await runHang(fleetOf(withHang(plan)), say('a data center that hangs'));
  return {
    ...fleet,
    day: dayOf(fleet, day),
    recovery: withoutRun(recovery),
    hang,
    costs: costsOf(fleet, day, profile.rowBytes),
  };
}

function dayOf({ shards, memoryGb }: FleetCase, day: FleetRun): DayResult {
  const amount = shards ?? 1;
  const { leastLeftMs, leastLeftAfterOwnFailureMs, late, expired, longestTickMs } = day;
  const refreshes = sumOf(day.published);
  // What the account has is shared by all shards. A partition of an index belongs to one of them.
  const quotas = day.quotas.map((quota) => {
    const parts = quota.name.includes('partition') ? 1 : amount;
    return { ...quota, total: quota.total * amount, busiest: quota.busiest * parts };
  });
  return {
    ...{ leastLeftMs, leastLeftAfterOwnFailureMs, late, expired, longestTickMs, quotas },
    refreshes: refreshes * amount,
    perSecond: refreshes / (day.minutes * 60),
    busiestMinute: Math.max(...day.starts),
    gbSeconds: (day.busyMs / 1000) * memoryGb * amount,
  };
}

function withoutRun({ run: _run, before: _before, ...result }: Recovery): RecoveryResult {
  return result;
}
