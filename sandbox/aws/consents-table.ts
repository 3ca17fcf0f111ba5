import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** The table of consents as the stack creates it. A test compares this copy with the template. */
export function consentsTable(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'sweepQueue', AttributeType: 'S' },
      { AttributeName: 'sweepAt', AttributeType: 'N' },
      { AttributeName: 'grantor', AttributeType: 'S' },
      { AttributeName: 'authorizedAt', AttributeType: 'N' },
    ],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'sweep',
        KeySchema: [
          { AttributeName: 'sweepQueue', KeyType: 'HASH' },
          { AttributeName: 'sweepAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
      {
        IndexName: 'grantor',
        KeySchema: [
          { AttributeName: 'grantor', KeyType: 'HASH' },
          { AttributeName: 'authorizedAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['connection'] },
      },
    ],
  };
}
