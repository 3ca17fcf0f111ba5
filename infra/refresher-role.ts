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
import { viaSecretsManager } from './via-secrets-manager.ts';

export interface RefresherRoleProps {
  readonly secretPrefix: string;
  readonly table: Table;
  readonly encryptionKey: IKey;
  readonly logGroup: ILogGroup;
  /** State changes that the refresher puts on the event bus; empty for none. */
  readonly stateChangeEvents: readonly ConnectionState[];
}

/**
 * The refresher's permissions, written by hand because the construct library's grants allow more: `grantWrite` of a secret
 * also allows UpdateSecret. The refresher cannot create, delete or reconfigure secrets, or read any outside its prefix.
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
    StringEquals: viaSecretsManager(scope),
  });
  if (props.stateChangeEvents.length > 0) {
    allow(role, ['events:PutEvents'], [defaultEventBusArn(scope)], {
      StringEquals: { 'events:source': EVENT_SOURCE, 'events:detail-type': EVENT_DETAIL_TYPE },
    });
  }

  acknowledgeWildcard(
    role,
    credentials,
    'Connections can be added at run time: the refresher reads the credentials of every connection under its own prefix.',
  );
  acknowledgeWildcard(
    role,
    accessTokens,
    'Connections can be added at run time: the refresher publishes the token of every connection under its own prefix.',
  );
  return role;
}

/** The bus that every account has. Rules on it can forward events to other buses. */
function defaultEventBusArn(scope: Construct): string {
  return Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
}
