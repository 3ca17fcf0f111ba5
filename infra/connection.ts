import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { accessTokenSecretName, credentialsSecretName } from '../lambdas/core/connection/connection-name.ts';
import { connectionMetric } from './metrics.ts';
import { acknowledgeNoRotation } from './nag-acknowledgements.ts';
import { grantRequestRefresh } from './refresher-function.ts';
import type { ConnectionSettings } from './settings/settings.ts';
import { TokenReaders } from './token-readers.ts';

export interface ZohoConnectionProps {
  readonly connectionName: string;
  readonly settings: ConnectionSettings;
  readonly secretPrefix: string;
  /** Key of both secrets. */
  readonly encryptionKey: IKey;
  /** The function that refreshes this connection. */
  readonly refresher: IFunction;
}

/**
 * A declared connection: its two secrets, and who may use them. Made by {@link ZohoTokenRefresher}; got from it by
 * `zoho.connection('crm-prod')`.
 *
 * Both secrets are deployed empty (no generated value, no value in the template): CloudFormation must never hold a
 * token nor write over one. The operator fills the first, the refresher the second.
 */
export class ZohoConnection extends Construct {
  readonly connectionName: string;
  /** ARN of the secret that consumers read. */
  readonly accessTokenSecretArn: string;

  readonly #props: ZohoConnectionProps;
  readonly #readers: TokenReaders;

  constructor(scope: Construct, id: string, props: ZohoConnectionProps) {
    super(scope, id);
    this.connectionName = props.connectionName;
    this.#props = props;
    this.#createCredentialsSecret();
    this.accessTokenSecretArn = this.#createAccessTokenSecret().ref;
    this.#readers = new TokenReaders(this, 'Readers', {
      secretArn: this.accessTokenSecretArn,
      secretName: accessTokenSecretName(props.secretPrefix, props.connectionName),
      encryptionKey: props.encryptionKey,
    });
    acknowledgeNoRotation(
      this,
      "The refresher replaces the token every 55 minutes, Secrets Manager rotates every four hours at best; Zoho issues credentials only with a person's consent.",
    );
  }

  /**
   * Lets `grantee` read this connection's access token: this one secret, and the key for this one secret only. Never
   * the credentials, which would let it mint tokens for ever.
   *
   * A principal of another account (`AccountPrincipal`, `ArnPrincipal`, a role by its ARN) is admitted by the policies of
   * the secret and the key. Its own account must then allow the same: `secretsmanager:GetSecretValue` on the secret's
   * full ARN and `kms:Decrypt` on the key's. Copies in other regions stay closed to it.
   */
  grantRead(grantee: IGrantable): Grant {
    return this.#readers.grantRead(grantee);
  }

  /** Lets `grantee` ask the refresher for a new token, for when Zoho rejects one before its time. */
  grantRequestRefresh(grantee: IGrantable): Grant {
    return grantRequestRefresh(this.#props.refresher, grantee);
  }

  /**
   * Calls of Zoho's APIs with this connection's token that were answered with 401. Of the same metric, the statistic
   * `Average` is the rate of 401s and `SampleCount` the number of calls.
   *
   * @default - per minute: sum
   */
  metricUnauthorized(options?: MetricOptions): Metric {
    return connectionMetric(this.#props.secretPrefix, this.connectionName, 'Unauthorized', options);
  }

  /** Everything that a Lambda function needs to use this connection: both grants, and the client's environment. */
  attachTo(consumer: LambdaFunction): void {
    this.grantRead(consumer);
    this.grantRequestRefresh(consumer);
    consumer.addEnvironment('ZOHO_SECRET_PREFIX', this.#props.secretPrefix);
    consumer.addEnvironment('ZOHO_REFRESHER_FUNCTION_NAME', this.#props.refresher.functionName);
  }

  /**
   * Kept whatever happens to the stack: CloudFormation deletes secrets at once and beyond recovery, and a refresh token
   * comes back only with a person's consent. Not kept when its own creation is rolled back, where it is still empty and
   * would be in the way of the next deployment.
   */
  #createCredentialsSecret(): CfnSecret {
    const { connectionName, secretPrefix, settings, encryptionKey } = this.#props;
    const secret = new CfnSecret(this, 'Credentials', {
      name: credentialsSecretName(secretPrefix, connectionName),
      description: `Zoho credentials of ${connectionName} (client type ${settings.clientType}, data center ${settings.dataCenter}). Read by the refresher only.`,
      kmsKeyId: encryptionKey.keyArn,
    });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return secret;
  }

  /** Goes with its connection: a token lives an hour and is minted again, and kept it would bar its own name. */
  #createAccessTokenSecret(): CfnSecret {
    const { connectionName, secretPrefix, settings, encryptionKey } = this.#props;
    this.#checkReplicaRegions();
    const secret = new CfnSecret(this, 'AccessToken', {
      name: accessTokenSecretName(secretPrefix, connectionName),
      description: `Current Zoho access token of ${connectionName}. Written by the refresher only.`,
      kmsKeyId: encryptionKey.keyArn,
      ...(settings.replicaRegions.length > 0 && { replicaRegions: settings.replicaRegions.map(replica) }),
    });
    secret.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return secret;
  }

  #checkReplicaRegions(): void {
    const { region } = Stack.of(this);
    if (Token.isUnresolved(region) || !this.#props.settings.replicaRegions.includes(region)) return;
    Annotations.of(this).addError(
      `connections.${this.connectionName}.replicaRegions: "${region}" is the stack's own region. Allowed: other regions.`,
    );
  }
}

/**
 * A key is regional: without one of its own, a replica is encrypted with its region's `aws/secretsmanager`. That the secret
 * is deployed empty is no obstacle as far as AWS documents it: a secret without a value can be created, among the reasons
 * to refuse replication is none of that kind, and a later value reaches every replica. CloudFormation does not report a
 * replication that failed (its roadmap's issue 1459): DescribeSecret has the status of each replica.
 */
function replica(region: string): CfnSecret.ReplicaRegionProperty {
  return { region };
}
