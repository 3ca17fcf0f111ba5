import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ConnectionStore } from '../core/ports.ts';
import { createConnectionQueries } from './connection-queries.ts';
import { createConnectionWrites } from './connection-writes.ts';

/** The connections table in DynamoDB. Vendor errors become `InfrastructureError`. */
export function createConnectionTable(client: DynamoDBClient, tableName: string): ConnectionStore {
  return { ...createConnectionQueries(client, tableName), ...createConnectionWrites(client, tableName) };
}
