import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { parseItem } from '../../lambdas/adapters/connection-row.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { MalformedRow } from '../../lambdas/core/ports.ts';

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
