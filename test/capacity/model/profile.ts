import type { FleetPlan } from '../fleet-plan.ts';
import { sumOf } from '../fleet-run.ts';
import { RealFleet } from '../real/real-fleet.ts';

/** What the model counts. */
export const EVENTS = ['tick', 'refresh', 'failure', 'look'] as const;
export type EventKind = (typeof EVENTS)[number];

/** What one event uses, as it was measured on the real handler. */
export interface EventUsage {
  readonly calls: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  readonly itemReadUnits: number;
  readonly logBytes: number;
  /** Units of the limits that it counts against, by their names. */
  readonly quotas: Readonly<Record<string, number>>;
}

/** What the model is calibrated with. */
export interface Profile {
  readonly usage: Readonly<Record<EventKind, EventUsage>>;
  /** Bytes of a row. */
  readonly rowBytes: number;
  readonly limits: Readonly<Record<string, number>>;
}

const MINUTES = 60;
const CONNECTIONS = 530;

/**
 * Runs four small fleets of the real handler: one without connections, one that only succeeds, one that fails half of the time, and one
 * that is blocked.
 */
export async function calibrate({ store, shards }: Pick<FleetPlan, 'store' | 'shards'>): Promise<Profile> {
  const plan: FleetPlan = {
    store,
    ...(shards === undefined ? {} : { shards }),
    connections: CONNECTIONS,
    refreshesPerSecond: 20,
    transientFailures: 0,
    blocked: 0,
  };
  const idle = await measure({ ...plan, connections: 0 });
  const succeeding = await measure(plan);
  const failing = await measure({ ...plan, transientFailures: 0.5 });
  const looking = await measure({ ...plan, blocked: 1 });
  const tick = usageOf(idle.amounts, idle.ticks);
  const refresh = usageOf(without(succeeding, { tick }), succeeding.refreshes);
  const failure = usageOf(without(failing, { tick, refresh }), failing.failures);
  const look = usageOf(without(looking, { tick }), looking.looks);
  return {
    usage: { tick, refresh, failure, look },
    rowBytes: succeeding.rowBytes,
    limits: succeeding.limits,
  };
}

/** Amounts by name: calls, units and bytes in one list, so that they can be subtracted. */
type Amounts = ReadonlyMap<string, number>;

interface Measured {
  readonly amounts: Amounts;
  readonly ticks: number;
  readonly refreshes: number;
  readonly failures: number;
  readonly looks: number;
  readonly rowBytes: number;
  readonly limits: Readonly<Record<string, number>>;
}

async function measure(plan: FleetPlan): Promise<Measured> {
  const fleet = new RealFleet(plan);
  await fleet.runTo(MINUTES);
  const { usage, quotas, starts, published, ticks } = fleet.summary(MINUTES);
  const refreshes = sumOf(published);
  return {
    amounts: new Map([
      ...Object.entries(usage.calls).map(([name, count]) => [`call ${name}`, count] as const),
      ...quotas.map(({ name, total }) => [`quota ${name}`, total] as const),
      ['writeUnits', usage.writeUnits],
      ['itemReadUnits', usage.itemReadUnits],
      ['logBytes', usage.logBytes],
    ]),
    ...{ ticks, refreshes, failures: sumOf(starts) - refreshes },
    // Credentials are read once in each attempt and each look.
    looks: fleet.credentialsRead - sumOf(starts),
    rowBytes: fleet.rowBytes,
    limits: Object.fromEntries(quotas.map(({ name, limit }) => [name, limit])),
  };
}

function without(
  measured: Measured,
  known: { readonly tick: EventUsage; readonly refresh?: EventUsage },
): Amounts {
  const left = new Map(measured.amounts);
  const subtract = (usage: EventUsage, times: number) => {
    for (const [name, amount] of amountsOf(usage)) left.set(name, (left.get(name) ?? 0) - amount * times);
  };
  subtract(known.tick, measured.ticks);
  if (known.refresh !== undefined) subtract(known.refresh, measured.refreshes);
  // The model counts the pages that queries read by itself: they depend on what is due.
  left.delete('call dynamodb:Query');
  return left;
}

function amountsOf({
  calls,
  quotas,
  writeUnits,
  itemReadUnits,
  logBytes,
}: EventUsage): Iterable<readonly [string, number]> {
  return [
    ...Object.entries(calls).map(([name, count]) => [`call ${name}`, count] as const),
    ...Object.entries(quotas).map(([name, units]) => [`quota ${name}`, units] as const),
    ['writeUnits', writeUnits],
    ['itemReadUnits', itemReadUnits],
    ['logBytes', logBytes],
  ];
}

function usageOf(amounts: Amounts, events: number): EventUsage {
  const each = (prefix: string) =>
    Object.fromEntries(
      [...amounts]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, amount]) => [name.slice(prefix.length), amount / events]),
    );
  return {
    calls: each('call '),
    quotas: each('quota '),
    writeUnits: (amounts.get('writeUnits') ?? 0) / events,
    itemReadUnits: (amounts.get('itemReadUnits') ?? 0) / events,
    logBytes: (amounts.get('logBytes') ?? 0) / events,
  };
}
