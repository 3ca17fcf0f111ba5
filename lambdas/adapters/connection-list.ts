import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { Connection } from '../core/connection.ts';
import type { MalformedRow } from '../core/ports.ts';
import { translateAwsError } from './aws-errors.ts';
import { parseItem } from './connection-row.ts';

/**
 * Every connection of the table, in no order, as it is now: for an operator who looks at the whole fleet. Reads the whole
 * table; the refresher never does.
 *
 * @throws InfrastructureError when DynamoDB does not answer.
 */
export async function* listConnections(
  client: DynamoDBClient,
  tableName: string,
): AsyncGenerator<Connection | MalformedRow> {
  try {
    for await (const page of paginateScan({ client }, { TableName: tableName, ConsistentRead: true })) {
      yield* (page.Items ?? []).map(parseItem);
    }
  } catch (error) {
    throw translateAwsError(error, { action: 'dynamodb:Scan', resource: tableName });
  }
}
