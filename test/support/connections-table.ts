import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { connectionsTable } from '../../sandbox/aws/connections-table.ts';

/** Creates a table of connections and waits until it is active: DynamoDB creates tables asynchronously. */
export async function createConnectionsTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(new CreateTableCommand(connectionsTable(tableName)));
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 10 }, { TableName: tableName });
}
