import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** The connections table as the stack creates it. A test compares this copy with the template. */
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
