import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { accessTokenSecretName, credentialsSecretName } from '../lambdas/core/connection/connection-name.ts';
import {
  type ConnectionState,
  EVENT_DETAIL_TYPE,
  EVENT_SOURCE,
} from '../lambdas/core/connection/state-change.ts';
import { indexArns } from './connections-table.ts';
import { allow, createFunctionRole } from './function-role.ts';
import { acknowledgeWildcard } from './nag-acknowledgements.ts';
import { secretArnOf } from './secret-arn.ts';

export interface RefresherRoleProps {
  readonly secretPrefix: string;
  readonly table: Table;
  readonly encryptionKey: IKey;
  readonly logGroup: ILogGroup;
  /** Changes that it puts on the event bus. */
  readonly stateChangeEvents: readonly ConnectionState[];
}

/**
 * What the refresher may do, written by hand: the construct library's grants allow more (`grantWrite` of a secret also
 * allows UpdateSecret). It can neither create, delete nor reconfigure a secret, nor read one outside its prefix.
 */
export function createRefresherRole(scope: Construct, id: string, props: RefresherRoleProps): Role {
  const role = createFunctionRole(scope, id, {
    description: 'Refreshes Zoho access tokens',
    logGroup: props.logGroup,
  });
  const credentials = secretArnOf(scope, credentialsSecretName(props.secretPrefix, '*'));
  const accessTokens = secretArnOf(scope, accessTokenSecretName(props.secretPrefix, '*'));

  allow(role, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [props.table.tableArn]);
  allow(role, ['dynamodb:Query'], indexArns(props.table));
  allow(role, ['secretsmanager:GetSecretValue'], [credentials]);
  allow(
    role,
    [
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
    ],
    [accessTokens],
  );
  allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [props.encryptionKey.keyArn], {
    StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(scope).region}.amazonaws.com` },
  });
  if (props.stateChangeEvents.length > 0) {
    allow(role, ['events:PutEvents'], [defaultEventBusArn(scope)], {
      StringEquals: { 'events:source': EVENT_SOURCE, 'events:detail-type': EVENT_DETAIL_TYPE },
    });
  }

  acknowledgeWildcard(
    role,
    credentials,
    'Connections are added at run time: the refresher reads the credentials of every connection below its own prefix.',
  );
  acknowledgeWildcard(
    role,
    accessTokens,
    'Connections are added at run time: the refresher publishes the token of every connection below its own prefix.',
  );
  return role;
}

/** The bus that every account has; rules on it take an event to any other. */
function defaultEventBusArn(scope: Construct): string {
  return Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
}
