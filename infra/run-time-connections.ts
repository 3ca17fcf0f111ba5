import { Stack } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  accessTokenSecretName,
  CONNECTION_NAME_PATTERN,
} from '../lambdas/core/connection/connection-name.ts';
import { setClientEnvironment } from './client-environment.ts';
import {
  type ConsumerTarget,
  grantInvoke,
  grantReadByOwnPolicy,
  isInAnotherAccount,
} from './consumer-grants.ts';
import { grantGetToken, grantUnsealToken, type ReadableTable } from './fleet/table-grants.ts';
import { secretArnOf } from './secret-arn.ts';
import { describeInvalidName } from './settings/nested-settings.ts';
import { InvalidSettingsError } from './settings/problems.ts';
import { viaSecretsManager } from './via-secrets-manager.ts';
import type { IZohoConnection, IZohoConnections } from './zoho-connection-interface.ts';

/** A deployment, as the consumers of its connections see it. */
export interface TokenSource {
  /** The deployment. */
  readonly scope: Construct;
  readonly secretPrefix: string;
  readonly keyArn: string;
  /** The second store, in a fleet. */
  readonly tokensTable: ReadableTable | undefined;
  readonly target: ConsumerTarget;
}

/** A connection that is added at run time, in whichever store its token is. */
export function runTimeConnection(source: TokenSource, connectionName: string): IZohoConnection {
  if (!CONNECTION_NAME_PATTERN.test(connectionName))
    throw new InvalidSettingsError([`connection: ${describeInvalidName(connectionName)}`]);
  return {
    connectionName,
    secretPrefix: source.secretPrefix,
    ...grantsOf(source, connectionName),
  };
}

/** Every connection of a deployment, declared or not. */
export function allConnections(source: TokenSource): IZohoConnections {
  return { secretPrefix: source.secretPrefix, ...grantsOf(source, undefined) };
}

/** The grants for one connection, or for all. */
function grantsOf(
  source: TokenSource,
  connection: string | undefined,
): Pick<IZohoConnections, 'grantRead' | 'grantRequestRefresh' | 'attachTo'> {
  const { scope, secretPrefix, tokensTable, target } = source;
  const grantRead = (grantee: IGrantable) => {
    checkIsInThisAccount(scope, grantee);
    return grantReadTokens(source, grantee, connection);
  };
  const grantRequestRefresh = (grantee: IGrantable) => grantInvoke(target, grantee);
  return {
    grantRead,
    grantRequestRefresh,
    attachTo: (consumer: LambdaFunction) => {
      grantRead(consumer);
      grantRequestRefresh(consumer);
      setClientEnvironment(consumer, {
        secretPrefix,
        refresher: target.door.functionArn,
        region: Stack.of(scope).region,
        tokensTable: tokensTable?.tableName,
      });
    },
  };
}

/** Reading and decrypting in both stores: a connection can be moved, and its consumers are not deployed again. */
export function grantReadTokens(
  { scope, secretPrefix, keyArn, tokensTable }: Omit<TokenSource, 'target'>,
  grantee: IGrantable,
  connection: string | undefined,
): Grant {
  const ofSecrets = grantReadByOwnPolicy(grantee, {
    secretArn: secretArnOf(scope, accessTokenSecretName(secretPrefix, connection ?? '*')),
    isPattern: true,
    keyArn,
    via: viaSecretsManager(scope),
  });
  if (tokensTable === undefined || !ofSecrets.success) return ofSecrets;
  return ofSecrets
    .combine(grantGetToken(grantee, tokensTable.tableArn, connection))
    .combine(grantUnsealToken(grantee, { keyArn, secretPrefix, connection }));
}

/**
 * The secret of a connection that is added at run time is no resource of the stack, so its policy cannot be changed here. Readers of
 * the second store in other accounts are not supported: the policies of the table and of the key would have to name them and each
 * connection, and the account would pay for their reads.
 */
function checkIsInThisAccount(scope: Construct, grantee: IGrantable): void {
  if (!isInAnotherAccount(scope, grantee)) return;
  const { account } = Stack.of(scope);
  throw new Error(
    `${grantee.grantPrincipal} is, or may be, in another account than the deployment (${account}). Readers in other accounts are supported for declared connections, whose tokens are in Secrets Manager: declare the connection, and use zoho.connection(name).grantRead(...). For a role of this account that is given by its ARN, set env.account of the stack.`,
  );
}
