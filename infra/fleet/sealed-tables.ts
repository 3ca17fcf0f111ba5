import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { createDurableTable, type TableSettings } from '../durable-table.ts';

/** The second store: secrets of connections that were connected at run time, each sealed for its connection. */
export interface SealedTables {
  readonly tokens: Table;
  readonly credentials: Table;
}

/**
 * Creates the tables. By default they are retained when the stack is deleted: the credentials cannot be obtained again without the
 * consent of every customer.
 */
export function createSealedTables(scope: Construct, settings: TableSettings): SealedTables {
  const tableOf = (id: string) => createDurableTable(scope, id, { key: 'connection', settings });
  return { tokens: tableOf('Tokens'), credentials: tableOf('Credentials') };
}
