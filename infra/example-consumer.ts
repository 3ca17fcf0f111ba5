import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ZohoConnection } from './connection.ts';
import { createFunctionLog } from './function-log.ts';
import { createFunctionRole } from './function-role.ts';
import { type FunctionSize, functionSize } from './function-size.ts';
import { createNodeFunction } from './node-function.ts';
import type { Settings } from './settings/settings.ts';

export interface ExampleConsumerProps {
  /** The connection to use. */
  readonly connection: ZohoConnection;
  readonly settings: FunctionSize & Pick<Settings, 'logRetentionDays'>;
}

/**
 * A typical consumer: a function with a role for its own log and traces, and `connection.attachTo(fn)`. Nothing invokes it by
 * itself.
 */
export function createExampleConsumer(
  scope: Construct,
  id: string,
  { connection, settings }: ExampleConsumerProps,
): LambdaFunction {
  const logGroup = createFunctionLog(scope, `${id}Log`, settings.logRetentionDays);
  const consumer = createNodeFunction(scope, id, {
    description: `Example: calls Zoho with the access token of ${connection.connectionName}`,
    code: 'example-consumer',
    timeout: Duration.seconds(30),
    role: createFunctionRole(scope, `${id}Role`, { description: 'Example of a consumer of Zoho', logGroup }),
    logGroup,
    ...functionSize(settings),
    environment: { ZOHO_CONNECTION: connection.connectionName },
  });
  connection.attachTo(consumer);
  return consumer;
}
