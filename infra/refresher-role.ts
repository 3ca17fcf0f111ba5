import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import {
  accessTokenSecretName,
  clientSecretName,
  credentialsSecretName,
} from '../lambdas/core/connection/connection-name.ts';
import { type ConnectionState, EVENT_DETAIL_TYPE } from '../lambdas/core/connection/state-change.ts';
import { indexArns } from './connections-table.ts';
import { allowEvents } from './event-bus.ts';
import { allowToRefreshSealed } from './fleet/fleet-statements.ts';
import type { SealedTables } from './fleet/sealed-tables.ts';
import { allow, createFunctionRole } from './function-role.ts';
import { acknowledgeWildcard } from './nag-acknowledgements.ts';
import { secretArnOf } from './secret-arn.ts';
import type { Settings } from './settings/settings.ts';
import { viaSecretsManager } from './via-secrets-manager.ts';

export interface RefresherRoleProps {
  readonly secretPrefix: string;
  readonly table: Table;
  readonly encryptionKey: IKey;
  /** The second store, in a fleet. */
  readonly sealedTables: SealedTables | undefined;
  readonly logGroup: ILogGroup;
  /** State changes that the refresher puts on the event bus; empty for none. */
  readonly stateChangeEvents: readonly ConnectionState[];
  /** Whether the refresher stores refresh tokens that Zoho has rotated. */
  readonly acceptRotatedRefreshTokens: boolean;
  /** The topics to which it publishes notifications. */
  readonly topics: readonly ITopic[];
  /** The deployment whose tokens the refresher may read during a move. */
  readonly follow: Settings['follow'];
  /** Whether Lambda attaches the function to a VPC. */
  readonly isInVpc: boolean;
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
  const clients = secretArnOf(scope, clientSecretName(props.secretPrefix, '*'));
  const accessTokens = secretArnOf(scope, accessTokenSecretName(props.secretPrefix, '*'));

  allow(role, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [props.table.tableArn]);
  allow(role, ['dynamodb:Query'], indexArns(props.table));
  allow(
    role,
    ['secretsmanager:GetSecretValue', ...(props.acceptRotatedRefreshTokens ? WRITE_ACTIONS : [])],
    [credentials],
  );
  allow(role, ['secretsmanager:GetSecretValue', MOVE_ACTION], [clients]);
  allow(role, ['secretsmanager:GetSecretValue', ...WRITE_ACTIONS], [accessTokens]);
  allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [props.encryptionKey.keyArn], {
    StringEquals: viaSecretsManager(scope),
  });
  if (props.sealedTables !== undefined) allowToRefreshSealed(role, { ...props, ...props.sealedTables });
  if (props.stateChangeEvents.length > 0) {
    allowEvents(role, EVENT_DETAIL_TYPE);
  }
  allowToNotify(role, props.topics);
  if (props.follow !== undefined) allowToFollow(scope, role, props.follow);
  if (props.isInVpc) {
    allow(role, NETWORK_INTERFACE_ACTIONS, ['*']);
    acknowledgeWildcard(role, '*', 'Lambda names the network interfaces that it creates in the VPC.');
  }

  acknowledgeWildcard(
    role,
    credentials,
    `Connections can be added at run time: the refresher reads ${props.acceptRotatedRefreshTokens ? 'and replaces ' : ''}the credentials of every connection under its own prefix.`,
  );
  acknowledgeWildcard(
    role,
    clients,
    'Clients can be added at run time: the refresher reads every client under its own prefix, and makes a new secret current that an operator has stored.',
  );
  acknowledgeWildcard(
    role,
    accessTokens,
    'Connections can be added at run time: the refresher publishes the token of every connection under its own prefix.',
  );
  return role;
}

/** A new version, and the move of AWSCURRENT to it. */
const MOVE_ACTION = 'secretsmanager:UpdateSecretVersionStage';
const WRITE_ACTIONS = ['secretsmanager:PutSecretValue', MOVE_ACTION];

/** The permissions with which AWS documents that Lambda attaches a function to a VPC. */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Publishes to these topics only. A topic of the user may be encrypted with a key; the policy of that key decides as well. */
function allowToNotify(role: Role, topics: readonly ITopic[]): void {
  const keys = topics.flatMap(({ masterKey }) => (masterKey === undefined ? [] : [masterKey.keyArn]));
  allow(role, ['sns:Publish'], [...new Set(topics.map(({ topicArn }) => topicArn))]);
  if (keys.length > 0) allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [...new Set(keys)]);
}

/** Reads the tokens of the old deployment, never its credentials. */
function allowToFollow(
  scope: Construct,
  role: Role,
  { secretPrefix, keyArn }: NonNullable<Settings['follow']>,
): void {
  const tokens = secretArnOf(scope, accessTokenSecretName(secretPrefix, '*'));
  allow(role, ['secretsmanager:GetSecretValue'], [tokens]);
  allow(role, ['kms:Decrypt'], [keyArn], { StringEquals: viaSecretsManager(scope) });
  acknowledgeWildcard(
    role,
    tokens,
    'During a move the refresher reads the token of every connection of the old deployment.',
  );
}
