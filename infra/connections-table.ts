import { AttributeType, ProjectionType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { DUE_INDEX, EXPIRY_INDEX } from '../lambdas/core/connection/table-indexes.ts';
import { createDurableTable, indexArnsOf, type TableSettings } from './durable-table.ts';

/**
 * The registry of connections with their leases and mint budgets. By default it is retained when the stack is deleted: its rows
 * hold the generations that prevent an older token from replacing a newer one. With deletion protection it could not be deleted
 * when its first deployment fails, so that is off by default.
 *
 * Not a global table: DynamoDB evaluates conditions per region, so a lease would exclude no one in another region.
 */
export function createConnectionsTable(scope: Construct, id: string, settings: TableSettings): Table {
  const table = createDurableTable(scope, id, { key: 'connection', settings });
  table.addGlobalSecondaryIndex({
    indexName: DUE_INDEX,
    partitionKey: { name: 'queue', type: AttributeType.STRING },
    sortKey: { name: 'nextAttemptAt', type: AttributeType.NUMBER },
    projectionType: ProjectionType.ALL,
  });
  table.addGlobalSecondaryIndex({
    indexName: EXPIRY_INDEX,
    partitionKey: { name: 'live', type: AttributeType.STRING },
    sortKey: { name: 'tokenExpiresAt', type: AttributeType.NUMBER },
    projectionType: ProjectionType.KEYS_ONLY,
  });
  return table;
}

/** The ARNs of the two indexes. */
export function indexArns(table: Table): string[] {
  return indexArnsOf(table, [DUE_INDEX, EXPIRY_INDEX]);
}
