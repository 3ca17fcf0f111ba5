import { DynamoDBClient, type GetItemCommand, type QueryCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test, vi } from 'vitest';
import { createConnectionQueries, scanConnections } from '../../../lambdas/adapters/connection-queries.ts';
import { toItem } from '../../../lambdas/adapters/connection-row.ts';
import { activeConnection, NOW_MS } from '../../support/builders.ts';

const { signal } = new AbortController();
const item = (name: string) => toItem(activeConnection({ name }));
const malformed = { connection: { S: 'm' } };

/** A table that gives these answers one after the other. */
function tableWith(...answers: (object | Error)[]) {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const send = vi.spyOn(client, 'send').mockImplementation(() => {
    const answer = answers.shift() ?? {};
    if (answer instanceof Error) throw answer;
    return Promise.resolve(answer);
  });
  return {
    client,
    queries: createConnectionQueries(client, 'connections'),
    sent: () => send.mock.calls.map(([command]) => (command as GetItemCommand | QueryCommand).input),
    options: () => send.mock.calls.map(([, options]) => options),
  };
}

const THROTTLED = Object.assign(new Error(), { name: 'ThrottlingException' });

async function namesOf(rows: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of rows) names.push(name);
  return names;
}

describe('a row', () => {
  test('is read as it is now', async () => {
    const { queries, sent, options } = tableWith({ Item: item('a') });

    expect(await queries.read('a', signal)).toEqual(activeConnection({ name: 'a' }));
    expect(sent()).toEqual([
      { TableName: 'connections', Key: { connection: { S: 'a' } }, ConsistentRead: true },
    ]);
    expect(options()).toEqual([{ abortSignal: signal }]);
  });

  test('may be missing or malformed', async () => {
    expect(await tableWith({}).queries.read('a', signal)).toBeUndefined();
    await expect(tableWith({ Item: malformed }).queries.read('m', signal)).rejects.toMatchObject({
      code: 'malformed_row',
    });
  });

  test('that cannot be read is an error of AWS', async () => {
    await expect(tableWith(THROTTLED).queries.read('a', signal)).rejects.toMatchObject({
      code: 'aws_throttled',
      call: { action: 'dynamodb:GetItem', resource: 'connections' },
    });
  });
});

describe('the due rows', () => {
  test('are those of all pages, malformed ones included', async () => {
    const { queries, sent, options } = tableWith(
      { Items: [item('a'), malformed], LastEvaluatedKey: { connection: { S: 'm' } } },
      { LastEvaluatedKey: { connection: { S: 'n' } } },
      { Items: [item('b')] },
    );

    expect(await namesOf(queries.due(NOW_MS, signal))).toEqual(['a', 'm', 'b']);
    expect(sent()).toHaveLength(3);
    expect(sent()[0]).toMatchObject({
      TableName: 'connections',
      IndexName: 'due',
      KeyConditionExpression: 'queue = :due AND nextAttemptAt <= :time',
      ExpressionAttributeValues: { ':due': { S: 'due' }, ':time': { N: String(NOW_MS) } },
    });
    expect(options()[0]).toEqual({ abortSignal: signal });
  });

  test('end with an error of AWS that names the index', async () => {
    await expect(namesOf(tableWith(THROTTLED).queries.due(NOW_MS, signal))).rejects.toMatchObject({
      code: 'aws_throttled',
      call: { action: 'dynamodb:Query', resource: 'connections/index/due' },
    });
  });
});

describe('the planned attempts', () => {
  test('are those of connections that are refreshed on schedule, of all pages', async () => {
    const row = (name: string, status: string, atMs: string) => ({
      connection: { S: name },
      status: { S: status },
      nextAttemptAt: { N: atMs },
    });
    const { queries, sent, options } = tableWith(
      {
        Items: [row('a', 'active', '1'), row('b', 'blocked', '2'), row('c', 'pending', '3')],
        LastEvaluatedKey: { connection: { S: 'c' } },
      },
      { LastEvaluatedKey: { connection: { S: 'd' } } },
      { Items: [row('e', 'cooling-down', '5'), row('f', 'active', 'x'), malformed] },
    );

    expect([...(await queries.planned(signal))]).toEqual([
      ['a', 1],
      ['e', 5],
    ]);
    expect(sent()).toHaveLength(3);
    expect(sent()[0]).toMatchObject({
      TableName: 'connections',
      IndexName: 'due',
      KeyConditionExpression: 'queue = :due',
      ProjectionExpression: '#connection, #status, nextAttemptAt',
      ExpressionAttributeNames: { '#connection': 'connection', '#status': 'status' },
      ExpressionAttributeValues: { ':due': { S: 'due' } },
    });
    expect(options()[0]).toEqual({ abortSignal: signal });
  });

  test('of 16 lists at once are no leak of listeners', async () => {
    const { client } = tableWith();
    const warned: string[] = [];
    const onWarning = ({ name }: Error) => warned.push(name);
    process.on('warning', onWarning);

    const partitions = Array.from({ length: 16 }, (_, partition) => partition);
    await createConnectionQueries(client, 'connections', partitions).planned(new AbortController().signal);

    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warned).toEqual([]);
  });

  test('that cannot be read are an error of AWS that names the index', async () => {
    await expect(tableWith(THROTTLED).queries.planned(signal)).rejects.toMatchObject({
      code: 'aws_throttled',
      call: { action: 'dynamodb:Query', resource: 'connections/index/due' },
    });
  });
});

describe('the soonest expiries', () => {
  test('are those of the first rows of their index, by one query', async () => {
    const { queries, sent, options } = tableWith({
      Items: [
        { connection: { S: 'b' }, tokenExpiresAt: { N: '1234' } },
        { connection: { S: 'a' }, tokenExpiresAt: { N: '1235' } },
      ],
      LastEvaluatedKey: { connection: { S: 'a' } },
    });

    expect(await queries.soonestExpiries(2, signal)).toEqual([
      { name: 'b', expiresAtMs: 1234 },
      { name: 'a', expiresAtMs: 1235 },
    ]);
    expect(sent()).toEqual([
      {
        TableName: 'connections',
        IndexName: 'expiry',
        KeyConditionExpression: 'live = :live',
        ExpressionAttributeValues: { ':live': { S: 'live' } },
        Limit: 2,
      },
    ]);
    expect(options()).toEqual([{ abortSignal: signal }]);
  });

  test.each([
    [{}],
    [{ Items: [] }],
    [{ Items: [{ connection: { S: 'a' } }, { tokenExpiresAt: { N: '1' } }] }],
  ])('are none without rows that have both attributes: %j', async (answer) => {
    expect(await tableWith(answer).queries.soonestExpiries(10, signal)).toEqual([]);
  });

  test('that cannot be read is an error of AWS that names the index', async () => {
    await expect(tableWith(THROTTLED).queries.soonestExpiries(1, signal)).rejects.toMatchObject({
      call: { action: 'dynamodb:Query', resource: 'connections/index/expiry' },
    });
  });
});

describe('all rows', () => {
  test('are read as they are now, and sorted by name', async () => {
    const { client, sent } = tableWith(
      { Items: [item('b'), malformed], LastEvaluatedKey: { connection: { S: 'm' } } },
      { LastEvaluatedKey: { connection: { S: 'n' } } },
      { Items: [item('a')] },
    );

    const rows = await scanConnections(client, 'connections');

    expect(rows.map(({ name }) => name)).toEqual(['a', 'b', 'm']);
    expect(sent()[0]).toMatchObject({ TableName: 'connections', ConsistentRead: true });
  });

  test('that cannot be read are an error of AWS', async () => {
    await expect(scanConnections(tableWith(THROTTLED).client, 'connections')).rejects.toMatchObject({
      call: { action: 'dynamodb:Scan', resource: 'connections' },
    });
  });
});
