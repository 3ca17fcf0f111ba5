import { describe, expect, test } from 'vitest';
import { toItem } from '../../../lambdas/adapters/connection-row.ts';
import { Quota } from '../../capacity/region/quota.ts';
import { Table } from '../../capacity/region/table.ts';
import { activeConnection, NOW_MS } from '../../support/builders.ts';

describe('a limit', () => {
  test('allows no more in any span of a second', () => {
    const quota = new Quota('writes', 50);
    const granted: number[] = [];
    for (let atMs = 0; atMs < 5_000; atMs += 3) if (quota.take(atMs)) granted.push(atMs);

    const inSpanFrom = (atMs: number) => granted.filter((each) => each >= atMs && each < atMs + 1000).length;
    expect(Math.max(...granted.map(inSpanFrom))).toBe(50);
    expect(quota.throttled).toBe(Math.ceil(5_000 / 3) - granted.length);
    expect(quota.busiestSecond).toBe(50);
  });
});

describe('a table', () => {
  const INDEXES = [
    { name: 'due', partition: 'queue', time: 'nextAttemptAt', hasWholeItems: true },
    { name: 'expiry', partition: 'live', time: 'tokenExpiresAt', hasWholeItems: false },
  ];
  const rowDueAt = (name: string, nextAttemptAtMs: number) =>
    toItem(activeConnection({ name, nextAttemptAtMs }));
  const due = (table: Table, timeMs: number, start?: object) =>
    table.query(
      {
        TableName: 'connections',
        IndexName: 'due',
        KeyConditionExpression: 'queue = :due AND nextAttemptAt <= :time',
        ExpressionAttributeValues: { ':due': { S: 'due' }, ':time': { N: String(timeMs) } },
        ...(start && { ExclusiveStartKey: start as never }),
      },
      timeMs + 2_000,
    );
  const namesIn = ({ output }: ReturnType<Table['query']>) =>
    (output as { Items: { connection: { S: string } }[] }).Items.map(({ connection }) => connection.S);

  test('lists what is due, longest overdue first', () => {
    const table = new Table(INDEXES);
    table.load(rowDueAt('later', NOW_MS + 1));
    table.load(rowDueAt('second', NOW_MS));
    table.load(rowDueAt('first', NOW_MS - 120_000));

    expect(namesIn(due(table, NOW_MS))).toEqual(['first', 'second']);
  });

  test('shows a row in one place only after it was moved', () => {
    const table = new Table(INDEXES);
    table.load(rowDueAt('crm', NOW_MS - 10));
    table.load(rowDueAt('crm', NOW_MS - 5));

    expect(namesIn(due(table, NOW_MS))).toEqual(['crm']);
  });

  test('answers in pages of a megabyte, which together are the whole list', () => {
    const table = new Table(INDEXES);
    for (let n = 0; n < 5_000; n += 1) table.load(rowDueAt(`c-${n}`, NOW_MS - n));
    const names: string[] = [];
    let pages = 0;
    for (let start: object | undefined; ; pages += 1) {
      const page = due(table, NOW_MS, start);
      names.push(...namesIn(page));
      start = (page.output as { LastEvaluatedKey?: object }).LastEvaluatedKey;
      if (start === undefined) break;
    }

    expect(pages).toBeGreaterThan(0);
    expect(names).toEqual(Array.from({ length: 5_000 }, (_, n) => `c-${4_999 - n}`));
  });

  test('counts 3 units for a lease: the row, and a removal and an addition in the index', () => {
    const table = new Table(INDEXES);
    table.load(rowDueAt('crm', NOW_MS));

    const { units } = table.update({
      TableName: 'connections',
      Key: { connection: { S: 'crm' } },
      UpdateExpression: 'SET #nextAttemptAt = :next_nextAttemptAt',
      ExpressionAttributeNames: { '#nextAttemptAt': 'nextAttemptAt' },
      ExpressionAttributeValues: { ':next_nextAttemptAt': { N: String(NOW_MS + 90_000) } },
    });

    expect(units.write).toBe(3);
    expect(units.written).toEqual({ 'due/due': 2 });
  });
});
