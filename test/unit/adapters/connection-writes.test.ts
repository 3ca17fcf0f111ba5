import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type PutItemCommand,
  type UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test, vi } from 'vitest';
import { toItem } from '../../../lambdas/adapters/connection-row.ts';
import { createConnectionWrites } from '../../../lambdas/adapters/connection-writes.ts';
import { acquireLease } from '../../../lambdas/core/connection/lease.ts';
import { activeConnection, dueConnection, MINUTE_MS, NOW_MS } from '../../support/builders.ts';

const { signal } = new AbortController();
const SEEN = dueConnection();
const LEASED = acquireLease(SEEN, { owner: 'me', nowMs: NOW_MS, leaseMs: 75_000 });

function tableThatAnswers(error?: Error) {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const send = vi.spyOn(client, 'send').mockImplementation(() => {
    if (error !== undefined) throw error;
    return Promise.resolve({});
  });
  return {
    writes: createConnectionWrites(client, 'connections'),
    sent: () => send.mock.calls.map(([command]) => (command as UpdateItemCommand | PutItemCommand).input),
    options: () => send.mock.calls.map(([, options]) => options),
  };
}

const refusedBy = (Item?: ReturnType<typeof toItem>) =>
  new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(Item && { Item }),
  });

describe('a write of the connections table', () => {
  test('of a new row is refused if there is one', async () => {
    const { writes, sent, options } = tableThatAnswers();

    expect(await writes.create(SEEN, signal)).toEqual({ created: true });
    expect(options()).toEqual([{ abortSignal: signal }]);
    expect(sent()).toEqual([
      {
        TableName: 'connections',
        Item: toItem(SEEN),
        ConditionExpression: 'attribute_not_exists(#connection)',
        ExpressionAttributeNames: { '#connection': 'connection' },
      },
    ]);
    expect(await tableThatAnswers(refusedBy()).writes.create(SEEN, signal)).toEqual({ created: false });
  });

  test('of a lease names what it relies on, sets what is new, and removes what is gone', async () => {
    const { writes, sent, options } = tableThatAnswers();
    const { credentialsVersionId: _left, scope: _scope, ...rest } = LEASED;
    const next = { ...rest, credentialsVersionId: undefined, scope: undefined };

    expect(await writes.replaceIfFree(SEEN, next, NOW_MS, signal)).toEqual({ written: true, row: next });

    expect(options()).toEqual([{ abortSignal: signal }]);
    const [{ ExpressionAttributeValues, ...update } = {}] = sent() as UpdateItemCommand['input'][];
    expect(update).toEqual({
      TableName: 'connections',
      Key: { connection: { S: 'crm-prod' } },
      UpdateExpression:
        'SET #generation = :next_generation, #leaseOwner = :next_leaseOwner, #leaseUntil = :next_leaseUntil, #nextAttemptAt = :next_nextAttemptAt, #mints = :next_mints REMOVE #scope, #credentialsVersionId, #attemptAt, #notifyAt',
      ConditionExpression:
        'generation = :generation AND nextAttemptAt = :nextAttemptAt AND (attribute_not_exists(leaseUntil) OR leaseUntil <= :now)',
      ExpressionAttributeNames: {
        '#generation': 'generation',
        '#leaseOwner': 'leaseOwner',
        '#leaseUntil': 'leaseUntil',
        '#nextAttemptAt': 'nextAttemptAt',
        '#mints': 'mints',
        '#scope': 'scope',
        '#credentialsVersionId': 'credentialsVersionId',
        '#attemptAt': 'attemptAt',
        '#notifyAt': 'notifyAt',
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(unmarshall(ExpressionAttributeValues ?? {})).toEqual({
      ':next_generation': 8,
      ':next_leaseOwner': 'me',
      ':next_leaseUntil': NOW_MS + 75_000,
      ':next_nextAttemptAt': NOW_MS + 75_000,
      ':next_mints': [NOW_MS],
      ':generation': 7,
      ':nextAttemptAt': NOW_MS,
      ':now': NOW_MS,
    });
  });

  test('that reschedules removes the times of notifications that an earlier version has left', async () => {
    const { writes, sent } = tableThatAnswers();
    const next = { ...SEEN, nextAttemptAtMs: NOW_MS + MINUTE_MS, notifyAtMs: NOW_MS + MINUTE_MS };

    await writes.replaceIfFree(SEEN, next, NOW_MS, signal);

    expect(sent()).toMatchObject([
      {
        UpdateExpression:
          'SET #nextAttemptAt = :next_nextAttemptAt, #notifyAt = :next_notifyAt REMOVE #attemptAt',
      },
    ]);
  });

  test('of a report is refused without the lease', async () => {
    const { writes, sent } = tableThatAnswers();
    const next = { ...LEASED, lease: undefined };

    expect(await writes.replaceIfHeld(LEASED, next, signal)).toEqual({ written: true, row: next });

    const [{ ExpressionAttributeValues, ...update } = {}] = sent() as UpdateItemCommand['input'][];
    expect(update).toMatchObject({
      UpdateExpression: 'REMOVE #leaseOwner, #leaseUntil',
      ConditionExpression: 'generation = :generation AND leaseOwner = :owner',
    });
    expect(unmarshall(ExpressionAttributeValues ?? {})).toEqual({ ':generation': 8, ':owner': 'me' });
  });

  test('that only adds makes the row due a millisecond earlier, so that who has read it before is refused', async () => {
    const { writes, sent } = tableThatAnswers();

    await writes.replaceIfFree(SEEN, { ...SEEN, failures: 1 }, NOW_MS, signal);

    expect(sent()).toMatchObject([
      {
        UpdateExpression:
          'SET #nextAttemptAt = :next_nextAttemptAt, #failures = :next_failures REMOVE #attemptAt, #notifyAt',
      },
    ]);
  });

  test('that changes nothing is not sent', async () => {
    const { writes, sent } = tableThatAnswers();

    expect(await writes.replaceIfFree(SEEN, { ...SEEN }, NOW_MS, signal)).toEqual({
      written: true,
      row: SEEN,
    });
    expect(sent()).toEqual([]);
  });

  test('that is refused returns the row that refused it, if the table does', async () => {
    const other = activeConnection({ generation: 9, nextAttemptAtMs: NOW_MS + MINUTE_MS });
    const refuse = (error: Error) => tableThatAnswers(error).writes.replaceIfHeld(LEASED, SEEN, signal);

    expect(await refuse(refusedBy(toItem(other)))).toEqual({ written: false, current: other });
    expect(await refuse(refusedBy())).toEqual({ written: false, current: undefined });
    await expect(refuse(refusedBy({ connection: { S: 'crm-prod' } }))).rejects.toMatchObject({
      code: 'malformed_row',
    });
  });

  test.each([
    ['PutItem', (writes: ReturnType<typeof createConnectionWrites>) => writes.create(SEEN, signal)],
    [
      'UpdateItem',
      (writes: ReturnType<typeof createConnectionWrites>) =>
        writes.replaceIfFree(SEEN, LEASED, NOW_MS, signal),
    ],
    [
      'UpdateItem',
      (writes: ReturnType<typeof createConnectionWrites>) => writes.replaceIfHeld(LEASED, SEEN, signal),
    ],
  ])('that fails names its call: %s', async (operation, write) => {
    const { writes } = tableThatAnswers(Object.assign(new Error(), { name: 'ThrottlingException' }));

    await expect(write(writes)).rejects.toMatchObject({
      code: 'aws_throttled',
      call: { action: `dynamodb:${operation}`, resource: 'connections', errorName: 'ThrottlingException' },
    });
  });
});
