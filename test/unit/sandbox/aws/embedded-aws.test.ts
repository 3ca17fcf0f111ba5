import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectionsTable } from '../../../../sandbox/aws/connections-table.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../../../sandbox/aws/embedded-aws.ts';
import { secretText } from '../../../../sandbox/aws/secret-record.ts';

const clock = { now: () => 1_767_225_600_000 };
let aws: EmbeddedAws;
let client: DynamoDBClient;

beforeEach(async () => {
  aws = await startEmbeddedAws({ clock });
  client = new DynamoDBClient({ ...aws.clientConfig('dynamodb'), maxAttempts: 1 });
});

afterEach(async () => {
  client.destroy();
  await aws.close();
});

describe('embedded AWS', () => {
  it('both services answer the real SDK with one configuration each', async () => {
    const secrets = new SecretsManagerClient(aws.clientConfig('secretsmanager'));

    aws.secretsManager.store.create({ name: 'a', value: secretText('one') });

    const read = await secrets.send(new GetSecretValueCommand({ SecretId: 'a' }));
    expect(read.SecretString).toBe('one');
    expect(await readRow('crm-prod')).toBeUndefined();
    secrets.destroy();
  });

  it('the connections table is there, with both indexes', async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: aws.tableName }));

    const asked = connectionsTable(aws.tableName);
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', KeySchema: asked.KeySchema });
    const indexes = Table?.GlobalSecondaryIndexes ?? [];
    expect(
      indexes.map(({ IndexName, Projection }) => [IndexName, Projection?.ProjectionType]).sort(),
    ).toEqual([
      ['due', 'ALL'],
      ['expiry', 'KEYS_ONLY'],
    ]);
  });
});

describe('the connections table', () => {
  it('lists what is due, the longest due first, and only what is in the queue', async () => {
    await putRow('late', { queue: { S: 'due' }, nextAttemptAt: { N: '2000' } });
    await putRow('later', { queue: { S: 'due' }, nextAttemptAt: { N: '3000' } });
    await putRow('early', { queue: { S: 'due' }, nextAttemptAt: { N: '1000' } });
    await putRow('disabled', { nextAttemptAt: { N: '1000' } });

    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: aws.tableName,
        IndexName: 'due',
        KeyConditionExpression: 'queue = :due AND nextAttemptAt <= :now',
        ExpressionAttributeValues: { ':due': { S: 'due' }, ':now': { N: '2000' } },
      }),
    );

    expect(Items.map(({ connection }) => connection?.S)).toEqual(['early', 'late']);
  });

  it('of two writers under one condition exactly one wins, every time', async () => {
    await putRow('crm-prod', { generation: { N: '0' } });
    for (let seen = 0; seen < 25; seen += 1) {
      const outcomes = await Promise.allSettled([acquire('one', seen), acquire('two', seen)]);

      const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(losers).toHaveLength(1);
      expect(losers[0]?.reason).toMatchObject({ name: 'ConditionalCheckFailedException' });
    }
    expect(await readRow('crm-prod')).toMatchObject({ generation: { N: '25' } });
  });
});

describe('faults of DynamoDB', () => {
  beforeEach(async () => {
    await putRow('crm-prod', { generation: { N: '0' } });
    aws.dynamoDb.resetCalls();
  });

  it('a throttled write has no effect, and strikes only its connection', async () => {
    aws.dynamoDb.faults.failNext({
      operation: 'UpdateItem',
      connection: 'crm-*',
      error: 'ProvisionedThroughputExceededException',
    });
    await putRow('desk-prod', { generation: { N: '0' } });

    await acquire('one', 0, 'desk-prod');
    await expect(acquire('one', 0)).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
      $metadata: { httpStatusCode: 400 },
    });

    expect(await readRow('crm-prod')).toMatchObject({ generation: { N: '0' } });
    await acquire('one', 0);
  });

  it('a write whose answer is lost took effect', async () => {
    aws.dynamoDb.faults.dropNext({ operation: 'UpdateItem', afterEffect: true });

    await expect(acquire('one', 0)).rejects.toMatchObject({ code: 'ECONNRESET' });

    expect(await readRow('crm-prod')).toMatchObject({ generation: { N: '1' }, leaseOwner: { S: 'one' } });
  });

  it('a server error before the effect left the row alone', async () => {
    aws.dynamoDb.faults.failNext({ operation: 'UpdateItem', error: 'InternalServerError' });

    await expect(acquire('one', 0)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });

    expect(await readRow('crm-prod')).toMatchObject({ generation: { N: '0' } });
  });

  it('a write that hangs loses to one that came after it', async () => {
    const hold = aws.dynamoDb.faults.hangNext({ operation: 'UpdateItem' });
    const paused = acquire('paused', 0);
    await hold.reached;
    await acquire('quick', 0);

    hold.release();

    await expect(paused).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(await readRow('crm-prod')).toMatchObject({ leaseOwner: { S: 'quick' } });
  });

  it('a denial refuses everything it matches until it is cleared', async () => {
    aws.dynamoDb.faults.deny({ operation: '*' });
    await expect(readRow('crm-prod')).rejects.toMatchObject({ name: 'AccessDeniedException' });

    aws.dynamoDb.faults.clear();

    expect(await readRow('crm-prod')).toMatchObject({ generation: { N: '0' } });
  });

  it('the call log has the operation and the connection, not the row', async () => {
    await acquire('one', 0);
    await readRow('crm-prod');

    expect(aws.dynamoDb.calls).toEqual([
      { operation: 'UpdateItem', connection: 'crm-prod', atMs: clock.now() },
      { operation: 'GetItem', connection: 'crm-prod', atMs: clock.now() },
    ]);
  });

  it('closing does not wait for a request that hangs', async () => {
    const hold = aws.dynamoDb.faults.hangNext({ operation: 'GetItem' });
    const read = expect(readRow('crm-prod')).rejects.toThrow();
    await hold.reached;

    await aws.close();

    await read;
    hold.release();
    aws = await startEmbeddedAws({ clock });
  });
});

function putRow(connection: string, attributes: PutItemCommand['input']['Item']) {
  const Item = { connection: { S: connection }, ...attributes };
  return client.send(new PutItemCommand({ TableName: aws.tableName, Item }));
}

async function readRow(connection: string) {
  const Key = { connection: { S: connection } };
  const { Item } = await client.send(
    new GetItemCommand({ TableName: aws.tableName, Key, ConsistentRead: true }),
  );
  return Item;
}

function acquire(owner: string, seen: number, connection = 'crm-prod') {
  return client.send(
    new UpdateItemCommand({
      TableName: aws.tableName,
      Key: { connection: { S: connection } },
      UpdateExpression: 'SET generation = :next, leaseOwner = :owner',
      ConditionExpression: 'generation = :seen',
      ExpressionAttributeValues: {
        ':seen': { N: String(seen) },
        ':next': { N: String(seen + 1) },
        ':owner': { S: owner },
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
  );
}
