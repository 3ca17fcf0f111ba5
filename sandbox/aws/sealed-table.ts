import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** A table of the second store as the stack creates it: that of tokens, or that of credentials. */
export function sealedTable(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'connection', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'connection', KeyType: 'HASH' }],
  };
}
