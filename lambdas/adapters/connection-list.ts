import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { Connection } from '../core/connection.ts';
import type { MalformedRow } from '../core/ports.ts';
import { callAws } from './aws-errors.ts';
import { parseItem } from './connection-row.ts';

/**
 * Every connection of the table, by name, as it is now: for an operator who looks at the whole fleet. Reads the whole table;
 * the refresher never does.
 *
 * @throws InfrastructureError when DynamoDB does not answer.
 */
export async function listConnections(
  client: DynamoDBClient,
  tableName: string,
): Promise<readonly (Connection | MalformedRow)[]> {
  return await callAws({ action: 'dynamodb:Scan', resource: tableName }, async () => {
    const rows: (Connection | MalformedRow)[] = [];
    for await (const { Items = [] } of paginateScan(
      { client },
      { TableName: tableName, ConsistentRead: true },
    ))
      rows.push(...Items.map(parseItem));
    return rows.sort((one, other) => one.name.localeCompare(other.name, 'en'));
  });
}
