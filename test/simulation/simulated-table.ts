import type {
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Task } from './environment.ts';
import { type Conditional, type Item, meets, placeholdersOf, refusalOf, updated } from './expressions.ts';

/** A state of an item, and when indexes start to show it. */
interface ItemState {
  readonly item: Item;
  readonly inIndexFromMs: number;
}

/** A write that took effect. */
export interface TableWrite {
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item;
  /** Why the writer was invoked; undefined when a backup of the item was restored, or someone else wrote it. */
  readonly task: Task | undefined;
}

export interface SimulatedTableOptions {
  readonly now: () => number;
  /** How long indexes take to show a write, in milliseconds. */
  readonly indexLagMs: (key: string) => number;
  /** Whether a rejected write returns the item. AWS documents it for `ALL_OLD`; not every emulator does it. */
  readonly returnsOldItem: () => boolean;
  readonly onWrite: (write: TableWrite) => void;
}

/** The attributes with a time that decides when a connection is refreshed. */
const TIMES = ['nextAttemptAt', 'tokenIssuedAt', 'tokenExpiresAt'];

/** Rows with later times are corrected by a tick that finds nothing due. */
const LATEST_MS = 61 * 60_000;

/** Of a function of version 0.2 with the longest timeout. */
const LONGEST_LEASE_MS = 315_000;

/** Clock skew, and a tick that is on its way. */
const SOON_MS = 15_000;

/** How many states of an item are kept for lagging indexes and backups. */
const KEPT_STATES = 20;

/** The range key of each index, which orders its items. */
const INDEX_KEYS: Readonly<Record<string, string>> = { due: 'nextAttemptAt', expiry: 'tokenExpiresAt' };

/**
 * One DynamoDB table in memory: strongly consistent reads, atomic conditional writes, lagging indexes. An index shows the
 * states of an item in order, but different items with different delays.
 */
export class SimulatedTable {
  readonly #options: SimulatedTableOptions;
  readonly #states = new Map<string, ItemState[]>();
  /** The times of an attempt that someone else wrote into an item and the product has kept since. */
  readonly #othersTimes = new Map<string, readonly number[]>();

  constructor(options: SimulatedTableOptions) {
    this.#options = options;
  }

  /** The current state of an item. */
  find(key: string): Item | undefined {
    return this.#states.get(key)?.at(-1)?.item;
  }

  /** Whether an item is not due within the next seconds, and every index shows its current state. */
  isIdle(key: string): boolean {
    const state = this.#states.get(key)?.at(-1);
    const now = this.#options.now();
    const dueAtMs = Number(state?.item.nextAttemptAt?.N);
    return (
      state !== undefined &&
      state.inIndexFromMs <= now &&
      dueAtMs > now + SOON_MS &&
      dueAtMs < now + LATEST_MS &&
      Number(state.item.leaseUntil?.N ?? 0) < now
    );
  }

  /**
   * The latest time of an attempt in an item that someone else wrote into it; 0 if there is none. The product corrects what is
   * impossible, but up to an hour ahead is possible: it waits for that.
   */
  postponedUntilMs(key: string): number {
    return Math.max(0, ...(this.#othersTimes.get(key) ?? []));
  }

  /** Adds or replaces an item without telling anyone: it is not the product that writes it. */
  plant(item: Item): void {
    this.#keep(keyOf(item), item);
  }

  /** Restores a backup of one item: its state some writes ago. `zoho-tokens adopt` writes it where the deployment looks. */
  restore(key: string, writesAgo: number, fleetShards: number | undefined): void {
    const states = this.#states.get(key) ?? [];
    const backup = states.at(-1 - writesAgo)?.item ?? states[0]?.item;
    if (backup === undefined) return;
    const after = fleetShards === undefined ? withoutPartition(backup) : backup;
    this.#write({ before: this.find(key), after, task: undefined });
  }

  /** Writes an item as a writer would whose clock is ahead. */
  shiftTimes(key: string, ms: number): void {
    const before = this.find(key);
    if (before === undefined) return;
    const shifted = TIMES.flatMap((attribute) => {
      const time = before[attribute]?.N;
      return time === undefined ? [] : [[attribute, { N: String(Number(time) + ms) }] as const];
    });
    this.#write({ before, after: { ...before, ...Object.fromEntries(shifted) }, task: undefined });
  }

  get({ Key }: GetItemCommandInput) {
    const item = this.find(keyOf(Key));
    return item === undefined ? {} : { Item: item };
  }

  put({ Item = {}, ...input }: PutItemCommandInput, task: Task) {
    const before = this.find(keyOf(Item));
    this.#check(before, input);
    this.#write({ before, after: Item, task });
    return {};
  }

  update({ Key, UpdateExpression = '', ...input }: UpdateItemCommandInput, task: Task) {
    const before = this.find(keyOf(Key));
    this.#check(before, input);
    const after = updated(before ?? Key ?? {}, UpdateExpression, placeholdersOf(input));
    this.#write({ before, after, task });
    return {};
  }

  query(input: QueryCommandInput) {
    const { IndexName = '', KeyConditionExpression = '', ExpressionAttributeValues: values, Limit } = input;
    const rangeKey = INDEX_KEYS[IndexName];
    if (rangeKey === undefined) throw new Error(`The simulated table has no index "${IndexName}".`);
    const items = [...this.#states.values()]
      .flatMap((states) => states.findLast(({ inIndexFromMs }) => inIndexFromMs <= this.#options.now()) ?? [])
      .map(({ item }) => item)
      .filter((item) => meets(item, KeyConditionExpression, { values }))
      .sort((one, other) => Number(one[rangeKey]?.N) - Number(other[rangeKey]?.N));
    const scanned = items.slice(0, Limit);
    const { FilterExpression: filter } = input;
    const found =
      filter === undefined ? scanned : scanned.filter((item) => meets(item, filter, placeholdersOf(input)));
    return { Items: found, ScannedCount: scanned.length };
  }

  #check(item: Item | undefined, input: Conditional): void {
    const refusal = refusalOf(item, input, this.#options.returnsOldItem);
    if (refusal !== undefined) throw refusal;
  }

  #write(write: Omit<TableWrite, 'key'>): void {
    const key = keyOf(write.after);
    this.#keep(key, write.after);
    this.#noteTimes(key, write);
    this.#options.onWrite({ key, ...write });
  }

  #noteTimes(key: string, { before, after, task }: Omit<TableWrite, 'key'>): void {
    const times = [after.attemptAt, after.nextAttemptAt].flatMap((time) => (time ? [Number(time.N)] : []));
    const known = this.#othersTimes.get(key) ?? [];
    // A move to another partition makes a time a millisecond earlier.
    const isKept = (time: number) => known.some((each) => each === time || each === time + 1);
    // So is a time of a process whose clock was set while it waited for AWS, which looks like a freeze.
    const isOfOthers = task === undefined || task.clockWasSet === true;
    this.#othersTimes.set(key, isOfOthers || this.#isCut(before, after) ? times : times.filter(isKept));
  }

  /** A lease that a wrong clock took is not ended: its holder may be at work. The attempt waits for the longest lease from now. */
  #isCut(before: Item | undefined, after: Item): boolean {
    const endBeforeMs = Number(before?.leaseUntil?.N ?? 0);
    const isImpossible = endBeforeMs > this.#options.now() + LONGEST_LEASE_MS;
    return isImpossible && after.leaseUntil !== undefined && after.leaseUntil.N === after.nextAttemptAt?.N;
  }

  #keep(key: string, item: Item): void {
    const states = this.#states.get(key) ?? [];
    const previousMs = states.at(-1)?.inIndexFromMs ?? 0;
    const inIndexFromMs = Math.max(previousMs, this.#options.now() + this.#options.indexLagMs(key));
    this.#states.set(key, [...states.slice(1 - KEPT_STATES), { item, inIndexFromMs }]);
  }
}

/** As if it had never been in a fleet. It is due a millisecond earlier, so that no one who read the row before can take the lease. */
function withoutPartition(item: Item): Item {
  const { queue, live, nextAttemptAt, notifyAt } = item;
  if (queue?.S?.includes('#') !== true) return item;
  const earlier = { N: String(Number(nextAttemptAt?.N) - 1) };
  return {
    ...item,
    queue: { S: queue.S.replace(/#.*/, '') },
    ...(live?.S !== undefined && { live: { S: live.S.replace(/#.*/, '') } }),
    nextAttemptAt: earlier,
    ...(notifyAt !== undefined && notifyAt.N === nextAttemptAt?.N && { notifyAt: earlier }),
  };
}

function keyOf(item: Item | undefined): string {
  const key = item?.connection?.S;
  if (key === undefined) throw new Error('The key of the connections table is the string "connection".');
  return key;
}
