import { AttributeType, ProjectionType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { GRANTOR_INDEX, SWEEP_INDEX } from '../../lambdas/core/invites/table-indexes.ts';
import { createDurableTable, indexArnsOf, type TableSettings } from '../durable-table.ts';

/**
 * Invites, attempts, and who authorized which connection. A table of its own: among the connections, an invite would be a
 * malformed row. Rows of invites expire; `expireAt` is for cleaning up only, because DynamoDB deletes "within two days".
 */
export function createConsentsTable(scope: Construct, id: string, settings: TableSettings): Table {
  const table = createDurableTable(scope, id, { key: 'id', settings, timeToLiveAttribute: 'expireAt' });
  table.addGlobalSecondaryIndex({
    indexName: SWEEP_INDEX,
    partitionKey: { name: 'sweepQueue', type: AttributeType.STRING },
    sortKey: { name: 'sweepAt', type: AttributeType.NUMBER },
    projectionType: ProjectionType.ALL,
  });
  table.addGlobalSecondaryIndex({
    indexName: GRANTOR_INDEX,
    partitionKey: { name: 'grantor', type: AttributeType.STRING },
    sortKey: { name: 'authorizedAt', type: AttributeType.NUMBER },
    projectionType: ProjectionType.INCLUDE,
    nonKeyAttributes: ['connection'],
  });
  return table;
}

/** The ARNs of the two indexes. */
export function consentIndexArns(table: Table): string[] {
  return indexArnsOf(table, [SWEEP_INDEX, GRANTOR_INDEX]);
}
