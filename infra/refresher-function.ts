import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { FunctionOptions, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Audience } from './alarms/alarm-definition.ts';
import type { ExistingResources } from './existing-resources.ts';
import { fleetEnvironment } from './fleet/fleet-environment.ts';
import type { SealedTables } from './fleet/sealed-tables.ts';
import { createFunctionLog } from './function-log.ts';
import { refresherSize } from './function-size.ts';
import { createNodeFunction } from './node-function.ts';
import { refresherEnvironment } from './refresher-environment.ts';
import { createRefresherRole } from './refresher-role.ts';
import type { Settings } from './settings/settings.ts';

export interface RefresherFunctionProps {
  readonly settings: Settings;
  readonly table: Table;
  readonly encryptionKey: IKey;
  /** The second store, in a fleet. */
  readonly sealedTables: SealedTables | undefined;
  readonly network: Network;
  /** To which it publishes notifications about connections. */
  readonly topicOf: Readonly<Record<Audience, ITopic>>;
}

/** The VPC of the function, if it has one. */
type Network = Pick<ExistingResources, 'vpc' | 'vpcSubnets' | 'securityGroups'>;

/** The function that keeps the tokens valid, with its role and its log. */
export function createRefresherFunction(
  scope: Construct,
  id: string,
  props: RefresherFunctionProps,
): LambdaFunction {
  const { settings, table, encryptionKey, sealedTables, network, topicOf } = props;
  const { secretPrefix, stateChangeEvents, acceptRotatedRefreshTokens, follow } = settings;
  const logGroup = createFunctionLog(scope, `${id}Log`, settings.logRetentionDays);
  return createNodeFunction(scope, id, {
    description: 'Keeps one valid Zoho access token per connection in Secrets Manager',
    code: 'refresher',
    timeout: Duration.seconds(settings.functionTimeoutSeconds),
    role: createRefresherRole(scope, `${id}Role`, {
      secretPrefix,
      table,
      encryptionKey,
      sealedTables,
      logGroup,
      stateChangeEvents,
      acceptRotatedRefreshTokens,
      topics: [topicOf.page, topicOf.ticket],
      follow,
      isInVpc: network.vpc !== undefined,
    }),
    logGroup,
    environment: refresherEnvironment(
      {
        ...settings,
        followSecretPrefix: follow?.secretPrefix,
        pageTopicArn: topicOf.page.topicArn,
        ticketTopicArn: topicOf.ticket.topicArn,
        ...fleetEnvironment(settings, {
          tokensTableName: sealedTables?.tokens.tableName,
          credentialsTableName: sealedTables?.credentials.tableName,
          encryptionKeyArn: encryptionKey.keyArn,
        }),
      },
      table.tableName,
    ),
    ...refresherSize(settings),
    ...(settings.reservedConcurrency !== undefined && {
      reservedConcurrentExecutions: settings.reservedConcurrency,
    }),
    ...toFunctionOptions(network),
    // No retries: the next tick follows in a minute and finds the same work.
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
  });
}

function toFunctionOptions({
  vpc,
  vpcSubnets,
  securityGroups,
}: Network): Pick<FunctionOptions, keyof Network> {
  if (vpc === undefined) return {};
  return {
    vpc,
    ...(vpcSubnets && { vpcSubnets }),
    ...(securityGroups && { securityGroups: [...securityGroups] }),
  };
}
