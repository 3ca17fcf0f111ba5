import type {
  AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type Conditional, meets, placeholdersOf, refusalOf, updated } from '../../simulation/expressions.ts';
import { type Item, readUnits, sizeOfItem, writeUnits } from './item-size.ts';
import { TimeIndex } from './time-index.ts';

/** A global secondary index: its partition key, its sort key (a time), and whether it has whole items or only keys. */
export interface IndexDefinition {
  readonly name: string;
  readonly partition: string;
  readonly time: string;
  readonly hasWholeItems: boolean;
}

/** Units that a request used. `written` has those of each index partition, by `index/partition`. */
export interface Units {
  readonly read: number;
  readonly write: number;
  readonly written: Readonly<Record<string, number>>;
  /** Bytes of the answer. */
  readonly bytes: number;
}

/** An answer of the table, and what it cost. */
export interface TableAnswer {
  readonly output: object;
  readonly units: Units;
}

/** A page of a query (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html). */
export const PAGE_BYTES = 1024 * 1024;

const PARTITION = /^(\w+) = (:\w+)(?: AND \w+ (<=|>) (:\w+))?$/;

/** A refused write, with what it cost. */
export class RefusedWrite extends Error {
  override readonly name = 'RefusedWrite';
  readonly refusal: ConditionalCheckFailedException;
  readonly units: Units;

  constructor(refusal: ConditionalCheckFailedException, units: Units) {
    super('The condition of a write was not met.');
    this.refusal = refusal;
    this.units = units;
  }
}

/**
 * A table of DynamoDB for any number of items, with the capacity units of each request. Its key is `connection`. Indexes are up to a
 * second late.
 */
export class Table {
  readonly #items = new Map<string, Item>();
  readonly #indexes: readonly IndexDefinition[];
  readonly #partitions = new Map<string, TimeIndex>();
  readonly #compute: (key: string) => Item | undefined;
  /** Items that were read by their keys. */
  reads = 0;
  /** An item was written by a request. */
  onWrite: (item: Item) => void = () => {};

  /** `compute` makes items that are not stored: those that no one has written yet. */
  constructor(
    indexes: readonly IndexDefinition[] = [],
    compute: (key: string) => Item | undefined = () => undefined,
  ) {
    this.#indexes = indexes;
    this.#compute = compute;
  }

  get size(): number {
    return this.#items.size;
  }

  find(key: string): Item | undefined {
    return this.#items.get(key) ?? this.#compute(key);
  }

  items(): Iterable<Item> {
    return this.#items.values();
  }

  /** Adds an item without a request. */
  load(item: Item): void {
    this.#write(item);
  }

  get({ Key, ConsistentRead = false }: GetItemCommandInput): TableAnswer {
    this.reads += 1;
    const item = this.find(keyOf(Key));
    const bytes = item === undefined ? 0 : sizeOfItem(item);
    const units = { read: readUnits(bytes, ConsistentRead), write: 0, written: {}, bytes };
    return { output: item === undefined ? {} : { Item: item }, units };
  }

  put({ Item: item = {}, ...input }: PutItemCommandInput): TableAnswer {
    const before = this.find(keyOf(item));
    this.#check(before, input);
    this.onWrite(item);
    return { output: {}, units: this.#write(item) };
  }

  update({ Key = {}, UpdateExpression = '', ...input }: UpdateItemCommandInput): TableAnswer {
    const before = this.#items.get(keyOf(Key));
    this.#check(before, input);
    return {
      output: {},
      units: this.#write(updated(before ?? Key, UpdateExpression, placeholdersOf(input))),
    };
  }

  query(input: QueryCommandInput, nowMs: number): TableAnswer {
    const index = this.#indexes.find(({ name }) => name === input.IndexName);
    if (index === undefined) throw new Error(`The table has no index "${input.IndexName}".`);
    const { partition, isWanted, from } = this.#rangeOf(index, input);
    const found: Item[] = [];
    let bytes = 0;
    let isComplete = true;
    for (const { key, atMs } of this.#partitions.get(partition)?.keys(nowMs, from) ?? []) {
      if (!isWanted(atMs)) break;
      if (bytes >= PAGE_BYTES || found.length === input.Limit) {
        isComplete = false;
        break;
      }
      const item = this.#items.get(key);
      if (item === undefined) continue;
      found.push(item);
      bytes += index.hasWholeItems ? sizeOfItem(item) : key.length + 40;
    }
    const filter = input.FilterExpression;
    const items =
      filter === undefined ? found : found.filter((item) => meets(item, filter, placeholdersOf(input)));
    const last = found.at(-1);
    return {
      output: {
        Items: items,
        ScannedCount: found.length,
        ...(isComplete || last === undefined ? {} : { LastEvaluatedKey: placeOf(last, index) }),
      },
      units: { read: readUnits(bytes, false), write: 0, written: {}, bytes },
    };
  }

  #rangeOf(index: IndexDefinition, input: QueryCommandInput) {
    const { KeyConditionExpression = '', ExpressionAttributeValues: values = {} } = input;
    const [, attribute, value = '', comparison, time = ''] = PARTITION.exec(KeyConditionExpression) ?? [];
    if (attribute !== index.partition)
      throw new Error(`The table cannot evaluate the query "${KeyConditionExpression}".`);
    const timeMs = Number(values[time]?.N);
    const start = input.ExclusiveStartKey;
    const place = start && { key: keyOf(start), atMs: Number(start[index.time]?.N) };
    const afterMs = comparison === '>' ? timeMs : Number.NEGATIVE_INFINITY;
    return {
      partition: `${index.name}/${values[value]?.S}`,
      isWanted: (atMs: number) => comparison !== '<=' || atMs <= timeMs,
      from: place === undefined ? { afterMs } : { place },
    };
  }

  #check(item: Item | undefined, input: Conditional): void {
    const refusal = refusalOf(item, input);
    if (refusal === undefined) return;
    const write = writeUnits(item === undefined ? 0 : sizeOfItem(item));
    throw new RefusedWrite(refusal, { read: 0, write, written: {}, bytes: 0 });
  }

  /** An index is written if what it has of the item changes. A changed key is a removal and an addition. */
  #write(item: Item): Units {
    const key = keyOf(item);
    const before = this.#items.get(key);
    this.#items.set(key, item);
    const bytes = Math.max(sizeOfItem(item), before === undefined ? 0 : sizeOfItem(before));
    const written: Record<string, number> = {};
    let write = writeUnits(bytes);
    for (const index of this.#indexes) {
      const [from, to] = [entryOf(before, index), entryOf(item, index)];
      const hasMoved = from?.partition !== to?.partition || from?.atMs !== to?.atMs;
      if (!hasMoved && !index.hasWholeItems) continue;
      const perEntry = index.hasWholeItems ? writeUnits(bytes) : 1;
      if (hasMoved && from !== undefined) this.#partitions.get(from.partition)?.remove(key, from.atMs);
      if (hasMoved && to !== undefined) this.#partitionOf(to.partition).add(key, to.atMs);
      for (const entry of hasMoved ? [from, to] : [to]) {
        if (entry === undefined) continue;
        written[entry.partition] = (written[entry.partition] ?? 0) + perEntry;
        write += perEntry;
      }
    }
    return { read: 0, write, written, bytes: 0 };
  }

  #partitionOf(name: string): TimeIndex {
    const known = this.#partitions.get(name) ?? new TimeIndex();
    this.#partitions.set(name, known);
    return known;
  }
}

function entryOf(item: Item | undefined, { name, partition, time }: IndexDefinition) {
  const [value, at] = [item?.[partition]?.S, item?.[time]?.N];
  return value === undefined || at === undefined
    ? undefined
    : { partition: `${name}/${value}`, atMs: Number(at) };
}

function placeOf(
  item: Item,
  { partition, time }: IndexDefinition,
): Record<string, AttributeValue | undefined> {
  return { connection: item.connection, [partition]: item[partition], [time]: item[time] };
}

function keyOf(item: Item | undefined): string {
  const key = item?.connection?.S;
  if (key === undefined) throw new Error('The key of the tables is the string "connection".');
  return key;
}
