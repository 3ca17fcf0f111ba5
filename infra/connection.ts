import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { accessTokenSecretName } from '../lambdas/core/connection/connection-name.ts';
import { setClientEnvironment } from './client-environment.ts';
import type { ZohoConnectionOptions } from './connection-options.ts';
import { grantInvoke, isInAnotherAccount } from './consumer-grants.ts';
import {
  type ConnectionAttributes,
  type ConnectionReference,
  ExternalConnection,
} from './external-connection.ts';
import { grantGetToken } from './fleet/table-grants.ts';
import { connectionMetric } from './metrics.ts';
import { acknowledgeNoRotation } from './nag-acknowledgements.ts';
import { TokenReaders } from './token-readers.ts';
import type { IZohoConnection } from './zoho-connection-interface.ts';

export interface ZohoConnectionProps {
  readonly connectionName: string;
  readonly settings: Required<ZohoConnectionOptions>;
  readonly secretPrefix: string;
  /** Key of the secret. */
  readonly encryptionKey: IKey;
  /** What consumers invoke to request a refresh: an alias of the refresher. */
  readonly consumerTarget: IFunction;
  /** The function of the alias, which consumers of 0.2 invoke. @default - none of them are allowed */
  readonly refresher?: IFunction | undefined;
  /** ARN of the table of tokens, in a fleet. @default - none */
  readonly tokensTableArn?: string | undefined;
}

/**
 * A declared connection: its token secret, and who can use it. {@link ZohoTokenRefresher} creates it;
 * `zoho.connection('crm-prod')` returns it.
 *
 * The token secret is deployed empty, without a generated value or a value in the template: CloudFormation must never know or
 * overwrite a token. The credentials secret is no resource of the stack: `zoho-tokens authorize` creates it. So credentials
 * outlive the stack, and a connection can be removed and declared again.
 */
export class ZohoConnection extends Construct implements IZohoConnection {
  /**
   * A connection of a deployment in the same account and region, from any stack, app or repository. The address of the
   * deployment is read from Systems Manager when the stack is deployed. The connection can be declared there, or added at run
   * time.
   *
   * ```ts
   * const crm = ZohoConnection.fromName(this, 'Crm', { deployment: 'zoho', connection: 'crm-prod' });
   * crm.attachTo(leadsFunction);
   * ```
   */
  static fromName(scope: Construct, id: string, reference: ConnectionReference): IZohoConnection {
    return ExternalConnection.fromName(scope, id, reference);
  }

  /**
   * A connection of a deployment in another account (or in this one), by full ARNs. The owner of the deployment has to allow
   * your roles or your account with `grantRead` and `grantRequestRefresh` of the connection there.
   *
   * ```ts
   * const crm = ZohoConnection.fromAttributes(this, 'Crm', {
   *   accessTokenSecretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:zoho/crm-prod/access-token-AbCdEf',
   *   encryptionKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/…',
   *   consumerTargetArn: 'arn:aws:lambda:eu-central-1:111122223333:function:…:consumers',
   * });
   * ```
   */
  static fromAttributes(scope: Construct, id: string, attributes: ConnectionAttributes): IZohoConnection {
    return ExternalConnection.fromAttributes(scope, id, attributes);
  }

  readonly connectionName: string;
  /** Prefix of its secrets. */
  readonly secretPrefix: string;
  /** ARN of the secret that consumers read. */
  readonly accessTokenSecretArn: string;

  readonly #props: ZohoConnectionProps;
  readonly #readers: TokenReaders;

  constructor(scope: Construct, id: string, props: ZohoConnectionProps) {
    super(scope, id);
    this.connectionName = props.connectionName;
    this.secretPrefix = props.secretPrefix;
    this.#props = props;
    this.accessTokenSecretArn = this.#createAccessTokenSecret().ref;
    this.#readers = new TokenReaders(this, 'Readers', {
      secretArn: this.accessTokenSecretArn,
      secretName: accessTokenSecretName(props.secretPrefix, props.connectionName),
      encryptionKey: props.encryptionKey,
    });
    acknowledgeNoRotation(
      this,
      'The refresher replaces the token every 55 minutes; Secrets Manager rotates every four hours at most.',
    );
  }

  /**
   * Allows `grantee` to read this connection's access token: this one secret, and the key for this one secret only. Never
   * the credentials, with which it could mint tokens indefinitely.
   *
   * For a principal of another account (`AccountPrincipal`, `ArnPrincipal`, a role by its ARN), the policies of the secret
   * and the key allow it. Its own account must allow the same: `secretsmanager:GetSecretValue` on the secret's full ARN and
   * `kms:Decrypt` on the key's. It cannot read the copies in other regions.
   */
  grantRead(grantee: IGrantable): Grant {
    const granted = this.#readers.grantRead(grantee);
    const { tokensTableArn } = this.#props;
    if (tokensTableArn === undefined || isInAnotherAccount(this, grantee)) return granted;
    // A consumer that uses connections of both stores looks into the table first.
    return granted.combine(grantGetToken(grantee, tokensTableArn, this.connectionName));
  }

  /**
   * Allows `grantee` to request a new token from the refresher, for when Zoho rejects one before it expires. For a principal of
   * another account, the policy of the alias `consumers` of the function allows it; its own account must allow
   * `lambda:InvokeFunction` on that alias.
   */
  grantRequestRefresh(grantee: IGrantable): Grant {
    const { consumerTarget: door, refresher } = this.#props;
    return grantInvoke({ door, refresher }, grantee);
  }

  /**
   * API calls with this connection's token that got a 401. The statistic `Average` of the same metric is the rate of 401s,
   * `SampleCount` the number of calls.
   *
   * @default - per minute: sum
   */
  metricUnauthorized(options?: MetricOptions): Metric {
    return connectionMetric(this.#props.secretPrefix, this.connectionName, 'Unauthorized', options);
  }

  /** Gives a Lambda function all that it needs to use this connection: both grants, and the client's environment variables. */
  attachTo(consumer: LambdaFunction): void {
    this.grantRead(consumer);
    this.grantRequestRefresh(consumer);
    const { secretPrefix, consumerTarget } = this.#props;
    setClientEnvironment(consumer, {
      secretPrefix,
      refresher: consumerTarget.functionArn,
      region: Stack.of(this).region,
    });
  }

  /** Deleted with its connection: the token is replaced within an hour anyway, and a retained secret would keep the name taken. */
  #createAccessTokenSecret(): CfnSecret {
    const { connectionName, secretPrefix, settings, encryptionKey } = this.#props;
    this.#checkReplicaRegions();
    const secret = new CfnSecret(this, 'AccessToken', {
      name: accessTokenSecretName(secretPrefix, connectionName),
      description: `Current Zoho access token of ${connectionName}. Only the refresher writes it.`,
      kmsKeyId: encryptionKey.keyArn,
      ...(settings.replicaRegions.length > 0 && { replicaRegions: settings.replicaRegions.map(replica) }),
    });
    secret.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return secret;
  }

  #checkReplicaRegions(): void {
    const { region } = Stack.of(this);
    if (Token.isUnresolved(region)) return;
    const partition = partitionOf(region);
    for (const replicaRegion of this.#props.settings.replicaRegions) {
      const other = partitionOf(replicaRegion);
      if (replicaRegion === region)
        this.#addReplicaError(`"${region}" is the stack's own region. Allowed: other regions.`);
      else if (partition !== undefined && other !== partition)
        this.#addReplicaError(
          `"${replicaRegion}" is in the partition ${other}, the stack is in ${partition}. Allowed: regions of the same partition.`,
        );
    }
  }

  #addReplicaError(problem: string): void {
    Annotations.of(this).addError(`connections.${this.connectionName}.replicaRegions: ${problem}`);
  }
}

/** E.g. `aws-cn`; undefined for a region that the construct library does not know. */
function partitionOf(region: string): string | undefined {
  return RegionInfo.get(region).partition;
}

/**
 * A key is regional: without one of its own, a replica is encrypted with its region's `aws/secretsmanager`. AWS documents
 * no problem with replicating an empty secret: a secret can be created without a value, this is not among the documented
 * reasons for a failed replication, and later values reach every replica. CloudFormation does not report a failed
 * replication (issue 1459 of its roadmap); DescribeSecret has the status of each replica.
 */
function replica(region: string): CfnSecret.ReplicaRegionProperty {
  return { region };
}
