import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { accessTokenSecretName, credentialsSecretName } from '../lambdas/core/connection-name.ts';
import { acknowledgeNoRotation } from './nag-acknowledgements.ts';
import { grantRequestRefresh } from './refresher-function.ts';
import type { ConnectionSettings } from './settings.ts';

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

  constructor(scope: Construct, id: string, props: ZohoConnectionProps) {
    super(scope, id);
    this.connectionName = props.connectionName;
    this.#props = props;
    this.#createCredentialsSecret();
    this.accessTokenSecretArn = this.#createAccessTokenSecret().ref;
    acknowledgeNoRotation(
      this,
      "The refresher replaces the token every 55 minutes, Secrets Manager rotates every four hours at best; Zoho issues credentials only with a person's consent.",
    );
  }

  /**
   * Lets `grantee` read this connection's access token: this one secret, and the key for this one secret only. Never
   * the credentials, which would let it mint tokens for ever.
   */
  grantRead(grantee: IGrantable): Grant {
    const { encryptionKey } = this.#props;
    const readSecret = Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [this.accessTokenSecretArn],
    });
    const decrypt = Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt'],
      resourceArns: [encryptionKey.keyArn],
      conditions: {
        StringEquals: {
          'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com`,
          'kms:EncryptionContext:SecretARN': this.accessTokenSecretArn,
        },
      },
    });
    return readSecret.combine(decrypt);
  }

  /** Lets `grantee` ask the refresher for a new token, for when Zoho rejects one before its time. */
  grantRequestRefresh(grantee: IGrantable): Grant {
    return grantRequestRefresh(this.#props.refresher, grantee);
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

/** A key is regional: without one of its own, a replica is encrypted with its region's `aws/secretsmanager`. */
function replica(region: string): CfnSecret.ReplicaRegionProperty {
  return { region };
}
