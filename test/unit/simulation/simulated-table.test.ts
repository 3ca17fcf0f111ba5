import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../property/fuzz-runs.ts';
import type { Task } from '../../simulation/environment.ts';
import type { Item } from '../../simulation/expressions.ts';
import { SimulatedTable, type TableWrite } from '../../simulation/simulated-table.ts';

const TableName = 'connections';
const SCHEDULED: Task = { kind: 'scheduled' };
const START_MS = 1_000_000;

function startTable({ returnsOldItem = true } = {}) {
  const time = { nowMs: START_MS, lagMs: 0 };
  const writes: TableWrite[] = [];
  const table = new SimulatedTable({
    now: () => time.nowMs,
    indexLagMs: () => time.lagMs,
    returnsOldItem: () => returnsOldItem,
    onWrite: (write) => writes.push(write),
  });
  return { table, time, writes, indexed: (name?: string) => dueItems(table, name) };
}

/** A row that is due at a time in milliseconds. */
function row(connection: string, nextAttemptAt: number, others: Item = {}): Item {
  return {
    connection: { S: connection },
    queue: { S: 'due' },
    nextAttemptAt: { N: String(nextAttemptAt) },
    ...others,
  };
}

function put(table: SimulatedTable, item: Item): void {
  table.put({ TableName, Item: item }, SCHEDULED);
}

/** What the index `due` shows, of all rows or of one. */
function dueItems(table: SimulatedTable, name?: string): readonly Item[] {
  const { Items } = table.query({
    TableName,
    IndexName: 'due',
    KeyConditionExpression: 'queue = :due AND nextAttemptAt <= :now',
    ExpressionAttributeValues: { ':due': { S: 'due' }, ':now': { N: '1e15' } },
  });
  return Items.filter(({ connection }) => name === undefined || connection?.S === name);
}

describe('the simulated table', () => {
  it('reads the last write, whatever the indexes show', () => {
    const { table, time } = startTable();
    time.lagMs = 60_000;
    put(table, row('a', 1));
    put(table, row('a', 2));

    const { Item } = table.get({ TableName, Key: { connection: { S: 'a' } } });

    expect(Item).toEqual(row('a', 2));
    expect(table.get({ TableName, Key: { connection: { S: 'b' } } })).toStrictEqual({});
  });

  it('reports each write with its task and the previous item, and no rejected write', () => {
    const { table, writes } = startTable();
    const forced: Task = { kind: 'forced', rejectedGeneration: 3 };

    put(table, row('a', 1));
    table.update(
      {
        TableName,
        Key: { connection: { S: 'a' } },
        UpdateExpression: 'SET nextAttemptAt = :next',
        ExpressionAttributeValues: { ':next': { N: '2' } },
      },
      forced,
    );
    const createAgain = { Item: row('a', 3), ConditionExpression: 'attribute_not_exists(connection)' };

    expect(() => table.put({ TableName, ...createAgain }, SCHEDULED)).toThrow(
      ConditionalCheckFailedException,
    );
    expect(writes).toEqual([
      { key: 'a', before: undefined, after: row('a', 1), task: SCHEDULED },
      { key: 'a', before: row('a', 1), after: row('a', 2), task: forced },
    ]);
  });

  it.each([
    ['when it is requested', true, 'ALL_OLD', row('a', 1)],
    ['unless it is not requested', true, 'NONE', undefined],
    ['unless the table is set not to', false, 'ALL_OLD', undefined],
  ] as const)('returns the item with a rejected write %s', (_, returnsOldItem, requested, expected) => {
    const { table } = startTable({ returnsOldItem });
    put(table, row('a', 1));

    const input = {
      TableName,
      Key: { connection: { S: 'a' } },
      UpdateExpression: 'REMOVE queue',
      ConditionExpression: 'attribute_not_exists(connection)',
      ReturnValuesOnConditionCheckFailure: requested,
    };
    expect(() => table.update(input, SCHEDULED)).toThrow(
      expect.objectContaining({ name: 'ConditionalCheckFailedException', Item: expected }),
    );
  });

  it('restores a row of a fleet into the list that is read without one', () => {
    const { table } = startTable();
    const sharded = { ...row('a', 1), queue: { S: 'due#12' }, live: { S: 'live#12' } };
    put(table, sharded);
    put(table, row('a', 2));

    table.restore('a', 1, 16);
    expect(table.find('a')).toEqual(sharded);
    put(table, row('a', 3));
    table.restore('a', 1, undefined);
    expect(table.find('a')).toEqual({ ...row('a', 0), queue: { S: 'due' }, live: { S: 'live' } });
  });

  it('restores the state some writes ago, as a write without a task', () => {
    const { table, writes } = startTable();
    for (const at of [1, 2, 3, 4]) put(table, row('a', at));

    table.restore('a', 1, 16);
    const restored = table.find('a');
    table.restore('a', 100, 16);
    table.restore('unknown', 1, 16);

    expect(restored).toEqual(row('a', 3));
    expect(table.find('a')).toEqual(row('a', 1));
    expect(writes.at(4)).toEqual({ key: 'a', before: row('a', 4), after: row('a', 3), task: undefined });
    expect(table.find('unknown')).toBeUndefined();
  });

  it('knows until when an item waits because of a time that someone else wrote', () => {
    const { table } = startTable();
    const before = { ...row('a', 1_000), attemptAt: { N: '2000' } };
    put(table, before);
    expect(table.postponedUntilMs('a')).toBe(0);

    table.shiftTimes('a', 5_000);
    expect(table.postponedUntilMs('a')).toBe(6_000);
    put(table, { ...row('a', 5_999), leaseOwner: { S: 'moves it' } });
    expect(table.postponedUntilMs('a')).toBe(5_999);

    put(table, row('a', 5_000));
    expect(table.postponedUntilMs('a')).toBe(0);
  });

  it('counts the end of a lease that a wrong clock took as a time of others, once it is cut', () => {
    const { table } = startTable();
    const leasedUntil = (ms: number, nextAttemptAt = ms): Item => ({
      ...row('a', nextAttemptAt),
      leaseUntil: { N: String(ms) },
    });
    put(table, leasedUntil(3_600_000));

    put(table, leasedUntil(315_000));
    expect(table.postponedUntilMs('a')).toBe(315_000);
    put(table, leasedUntil(75_000));
    expect(table.postponedUntilMs('a')).toBe(0);

    put(table, leasedUntil(3_600_000));
    put(table, leasedUntil(315_000, 400_000));
    expect(table.postponedUntilMs('a')).toBe(0);
  });

  it('has one key and two indexes', () => {
    const { table } = startTable();
    const query = { TableName, KeyConditionExpression: 'queue = :due' };

    expect(() => table.query({ ...query, IndexName: 'other' })).toThrow('has no index "other"');
    expect(() => table.query(query)).toThrow('has no index ""');
    expect(() => put(table, { name: { S: 'a' } })).toThrow('The key of the connections table');
  });
});

describe('an index of the simulated table', () => {
  it('returns at most as many items as the limit, in the order of the range key', () => {
    const { table } = startTable();
    put(table, row('later', 200));
    put(table, row('sooner', 100));
    const query = {
      KeyConditionExpression: 'queue = :due',
      ExpressionAttributeValues: { ':due': { S: 'due' } },
    };

    expect(table.query({ TableName, IndexName: 'due', ...query, Limit: 1 }).Items).toEqual([
      row('sooner', 100),
    ]);
  });

  it('shows a write only after its lag, and a later write only after an earlier one', () => {
    const { table, time, indexed } = startTable();
    put(table, row('a', 1));
    time.lagMs = 500;
    put(table, row('a', 2));
    put(table, row('new', 1));
    time.lagMs = 0;
    put(table, row('a', 3));

    time.nowMs += 499;
    const before = indexed();
    time.nowMs += 1;

    expect(before).toEqual([row('a', 1)]);
    expect(indexed('a')).toEqual([row('a', 3)]);
    expect(indexed('new')).toEqual([row('new', 1)]);
  });

  it('shows the states of each row in order, none too early, and the current one in the end', () => {
    const acts = fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b'),
        lagMs: fc.integer({ min: 0, max: 30 }),
        passesMs: fc.integer({ min: 0, max: 12 }),
      }),
      { maxLength: 18 },
    );

    fc.assert(
      fc.property(acts, (all) => {
        const { table, time, indexed } = startTable();
        const newestSeen = new Map<string, number>();
        const look = () => {
          for (const item of indexed()) {
            const [name = '', state] = [item.connection?.S, Number(item.nextAttemptAt?.N)];
            expect(state).toBeGreaterThanOrEqual(newestSeen.get(name) ?? 0);
            expect(state).toBeLessThanOrEqual(Number(table.find(name)?.nextAttemptAt?.N));
            newestSeen.set(name, state);
          }
          expect([...newestSeen.keys()].every((name) => indexed(name).length === 1)).toBe(true);
        };

        for (const [index, { name, lagMs, passesMs }] of all.entries()) {
          time.lagMs = lagMs;
          put(table, row(name, index));
          look();
          time.nowMs += passesMs;
          look();
        }
        time.nowMs += 30;

        for (const name of ['a', 'b']) {
          const truth = table.find(name);
          expect(indexed(name)).toEqual(truth === undefined ? [] : [truth]);
        }
      }),
      runs(200),
    );
  });
});

describe('a row of the simulated table', () => {
  const inAMinute = START_MS + 60_000;
  const lease = (untilMs: number): Item => ({ leaseUntil: { N: String(untilMs) } });

  it.each([
    ['is idle when it is not due soon', row('a', inAMinute), 0, true],
    ['is not idle when it is due', row('a', START_MS), 0, false],
    ['is not idle when it is due within the clock skew', row('a', START_MS + 5_000), 0, false],
    ['is not idle when it has a lease', row('a', inAMinute, lease(START_MS + 1)), 0, false],
    ['is idle when its lease expired long ago', row('a', inAMinute, lease(START_MS - 60_000)), 0, true],
    ['is not idle before every index shows its current state', row('a', inAMinute), 1, false],
  ])('%s', (_, stored, lagMs, expected) => {
    const { table, time } = startTable();
    put(table, row('a', START_MS));
    put(table, row('a', inAMinute));
    time.lagMs = lagMs;
    put(table, stored);

    expect(table.isIdle('a')).toBe(expected);
  });

  it('that does not exist is not idle', () => {
    expect(startTable().table.isIdle('a')).toBe(false);
  });
});
