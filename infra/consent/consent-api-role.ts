import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import {
  accessTokenSecretName,
  clientSecretName,
  credentialsSecretName,
} from '../../lambdas/core/connection/connection-name.ts';
import { CONSENT_DETAIL_TYPE } from '../../lambdas/core/invites/consent-event.ts';
import { allowEvents } from '../event-bus.ts';
import { allowToStoreCredentials } from '../fleet/fleet-statements.ts';
import type { SealedTables } from '../fleet/sealed-tables.ts';
import { allow, createFunctionRole } from '../function-role.ts';
import { acknowledgeWildcard } from '../nag-acknowledgements.ts';
import { sealingStatement } from '../sealing-statement.ts';
import { secretArnOf } from '../secret-arn.ts';
import { viaSecretsManager } from '../via-secrets-manager.ts';
import { consentIndexArns } from './consents-table.ts';

export interface ConsentApiRoleProps {
  readonly secretPrefix: string;
  readonly connections: Table;
  readonly consents: Table;
  readonly encryptionKey: IKey;
  /** The second store, in a fleet. */
  readonly sealedTables: SealedTables | undefined;
  /** The refresher's alias for operators. */
  readonly operatorTarget: IFunction;
  readonly logGroup: ILogGroup;
}

/**
 * The permissions of the function that exchanges codes and stores credentials. It never reads an access token, deletes no
 * secret, and reads no secret outside its prefix.
 */
export function createConsentApiRole(scope: Construct, id: string, props: ConsentApiRoleProps): Role {
  const { connections, consents, encryptionKey, logGroup } = props;
  const role = createFunctionRole(scope, id, {
    description: 'Exchanges the codes of Zoho consents',
    logGroup,
  });
  allow(
    role,
    ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Scan'],
    [consents.tableArn],
  );
  allow(role, ['dynamodb:Query'], consentIndexArns(consents));
  allow(role, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [connections.tableArn]);
  allowSecrets(scope, role, props);
  allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [encryptionKey.keyArn], {
    StringEquals: viaSecretsManager(scope),
  });
  allowToSeal(role, props);
  if (props.sealedTables !== undefined) allowToStoreCredentials(role, { ...props, ...props.sealedTables });
  allow(role, ['lambda:InvokeFunction'], [props.operatorTarget.functionArn]);
  allowEvents(role, CONSENT_DETAIL_TYPE);
  return role;
}

/**
 * Of credentials everything but deleting them, of clients reading and the move to a new secret, of access tokens only that
 * their secrets exist. IAM judges a secret that does not exist by its bare name, without the hyphen and the random end.
 */
function allowSecrets(scope: Construct, role: Role, { secretPrefix }: ConsentApiRoleProps): void {
  const credentials = credentialsSecretName(secretPrefix, '*');
  const tokens = accessTokenSecretName(secretPrefix, '*');
  const clients = clientSecretName(secretPrefix, '*');
  const arnOf = (name: string) => secretArnOf(scope, name);
  const existingOrNot = [credentials, tokens].flatMap((name) => [arnOf(name), bareArnOf(scope, name)]);
  allow(
    role,
    [
      'secretsmanager:CreateSecret',
      'secretsmanager:DescribeSecret',
      'secretsmanager:TagResource',
      'secretsmanager:RestoreSecret',
    ],
    existingOrNot,
  );
  allow(
    role,
    [
      'secretsmanager:GetSecretValue',
      'secretsmanager:GetResourcePolicy',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
    ],
    [arnOf(credentials)],
  );
  allow(
    role,
    [
      'secretsmanager:GetSecretValue',
      'secretsmanager:DescribeSecret',
      'secretsmanager:UpdateSecretVersionStage',
    ],
    [arnOf(clients)],
  );
  for (const arn of [...existingOrNot, arnOf(clients)])
    acknowledgeWildcard(
      role,
      arn,
      'Customers connect at run time: the function stores the credentials of every connection under its own prefix.',
    );
}

function bareArnOf(scope: Construct, name: string): string {
  return secretArnOf(scope, name).replace(/-\?{6}$/, '');
}

/** Codes and grants are encrypted in the table, each for its invite. Nothing else can be decrypted with this statement. */
function allowToSeal(role: Role, { encryptionKey, secretPrefix }: ConsentApiRoleProps): void {
  role.addToPolicy(
    sealingStatement({
      actions: ['kms:Encrypt', 'kms:Decrypt'],
      keyArn: encryptionKey.keyArn,
      deployment: secretPrefix,
      kinds: ['code', 'grant'],
      of: { key: 'invite' },
    }),
  );
}
