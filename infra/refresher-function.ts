import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { createFunctionLog } from './function-log.ts';
import { createNodeFunction } from './node-function.ts';
import { refresherEnvironment } from './refresher-environment.ts';
import { createRefresherRole } from './refresher-role.ts';
import type { Settings } from './settings/settings.ts';

export interface RefresherFunctionProps {
  readonly settings: Settings;
  readonly table: Table;
  readonly encryptionKey: IKey;
}

/** The function that keeps the tokens valid, with its role and its log. */
export function createRefresherFunction(
  scope: Construct,
  id: string,
  props: RefresherFunctionProps,
): LambdaFunction {
  const { settings, table, encryptionKey } = props;
  const { secretPrefix, stateChangeEvents } = settings;
  const logGroup = createFunctionLog(scope, `${id}Log`, settings.logRetentionDays);
  return createNodeFunction(scope, id, {
    description: 'Keeps one valid Zoho access token per connection in Secrets Manager',
    code: 'refresher',
    timeout: Duration.seconds(settings.functionTimeoutSeconds),
    role: createRefresherRole(scope, `${id}Role`, {
      secretPrefix,
      table,
      encryptionKey,
      logGroup,
      stateChangeEvents,
    }),
    logGroup,
    environment: refresherEnvironment(settings, table.tableName),
    // No retries: the next tick follows in a minute and finds the same work.
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
  });
}

/** Allows a consumer to request a refresh: to invoke the function itself, no version or alias. */
export function grantRequestRefresh(refresher: IFunction, grantee: IGrantable): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['lambda:InvokeFunction'],
    resourceArns: [refresher.functionArn],
  });
}
