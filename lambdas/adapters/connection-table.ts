import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ConnectionStore } from '../core/ports.ts';
import { createConnectionQueries } from './connection-queries.ts';
import { createConnectionWrites } from './connection-writes.ts';

/** The connections table in DynamoDB. Vendor errors become `InfrastructureError`. */
export function createConnectionTable(client: DynamoDBClient, tableName: string): ConnectionStore {
  const writes = createConnectionWrites(client, tableName);
  const inPartitions = (partitions: readonly (number | undefined)[]): ConnectionStore => ({
    ...createConnectionQueries(client, tableName, partitions),
    ...writes,
    inPartitions,
  });
  return inPartitions(OF_DECLARED);
}

/** The partition of declared connections, and of all others while the deployment has no fleet. */
const OF_DECLARED = [undefined];
