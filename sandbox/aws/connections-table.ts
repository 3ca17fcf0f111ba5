import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

/** The connections table as the stack makes it: the sandbox's own copy, held to the template by a test. */
export function connectionsTable(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'connection', AttributeType: 'S' },
      { AttributeName: 'queue', AttributeType: 'S' },
      { AttributeName: 'nextAttemptAt', AttributeType: 'N' },
      { AttributeName: 'live', AttributeType: 'S' },
      { AttributeName: 'tokenExpiresAt', AttributeType: 'N' },
    ],
    KeySchema: [{ AttributeName: 'connection', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'due',
        KeySchema: [
          { AttributeName: 'queue', KeyType: 'HASH' },
          { AttributeName: 'nextAttemptAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
      {
        IndexName: 'expiry',
        KeySchema: [
          { AttributeName: 'live', KeyType: 'HASH' },
          { AttributeName: 'tokenExpiresAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  };
}

/** Creates the table and returns when it can be used. */
export async function createConnectionsTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(new CreateTableCommand(connectionsTable(tableName)));
  const describe = new DescribeTableCommand({ TableName: tableName });
  while ((await client.send(describe)).Table?.TableStatus !== 'ACTIVE') {
    // dynalite activates a table within a few turns of its event loop: asking again is wait enough.
  }
}
