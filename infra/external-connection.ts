import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import {
  accessTokenSecretName,
  CONNECTION_NAME_PATTERN,
  DEFAULT_SECRET_PREFIX,
  SECRET_PREFIX_PATTERN,
} from '../lambdas/core/connection/connection-name.ts';
import type { SecretStoreName } from '../lambdas/core/connection/secret-store.ts';
import { type AddressParameter, addressParameterName } from '../lambdas/core/deployment-address.ts';
import { setClientEnvironment } from './client-environment.ts';
import { grantReadByOwnPolicy, type ReadableSecret } from './consumer-grants.ts';
import { grantGetToken, grantUnsealToken, type ReadableTable } from './fleet/table-grants.ts';
import { secretArnOf } from './secret-arn.ts';
import { describeInvalidName } from './settings/nested-settings.ts';
import { describeProblem, InvalidSettingsError } from './settings/problems.ts';
import { viaSecretsManager } from './via-secrets-manager.ts';
import type { IZohoConnection } from './zoho-connection-interface.ts';

/** A connection of a deployment in the same account and region. */
export interface ConnectionReference {
  /** The `secretPrefix` of the deployment. @default 'zoho' */
  readonly deployment?: string | undefined;
  /** Name of the connection. */
  readonly connection: string;
  /**
   * Where the token may be. With `dynamodb`, the deployment must have a fleet: consumers look into its table first, and into Secrets
   * Manager if there is no token. Then give it for every connection that a function uses.
   *
   * @default 'secrets-manager'
   */
  readonly store?: SecretStoreName | undefined;
}

/** A connection by full ARNs, which the owner of its deployment can find out: see docs/consuming-tokens.md. */
export interface ConnectionAttributes {
  /** Full ARN of the token secret, with its random end. */
  readonly accessTokenSecretArn: string;
  /** ARN of the key of the secret. */
  readonly encryptionKeyArn: string;
  /**
   * ARN of what consumers invoke to request a refresh: the parameter `consumer-target` of the deployment. Since 0.3 it is the
   * ARN of the alias `consumers` of the refresher, before that the ARN of the function.
   *
   * @default - none: consumers can only read tokens
   */
  readonly consumerTargetArn?: string | undefined;
}

interface ExternalConnectionProps {
  readonly connectionName: string;
  readonly secretPrefix: string;
  readonly secret: ReadableSecret;
  readonly consumerTargetArn: string | undefined;
  /** Region of the token. */
  readonly region: string;
  /** The table of tokens, if the token may be there. */
  readonly tokensTable?: ReadableTable;
}

const FULL_SECRET_ARN =
  /^arn:[\w-]+:secretsmanager:(?<region>[\w-]+):\d{12}:secret:(?<prefix>[^/]+)\/(?<connection>[^/]+)\/access-token-[A-Za-z0-9]{6}$/;

const CONSUMER_TARGET_ARN = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:consumers)?$/;

/** A connection of a deployment that is not in this app. Creates no resource. */
export class ExternalConnection extends Construct implements IZohoConnection {
  static fromName(
    scope: Construct,
    id: string,
    { deployment = DEFAULT_SECRET_PREFIX, connection, store = 'secrets-manager' }: ConnectionReference,
  ): ExternalConnection {
    const problems = [
      ...(SECRET_PREFIX_PATTERN.test(deployment)
        ? []
        : [
            `deployment: ${describeProblem(deployment, { what: 'a secretPrefix', allowed: 'letters, digits, _, . and -, at most 128 characters' })}`,
          ]),
      ...(CONNECTION_NAME_PATTERN.test(connection) ? [] : [`connection: ${describeInvalidName(connection)}`]),
    ];
    if (problems.length > 0) throw new InvalidSettingsError(problems);
    const addressOf = (parameter: AddressParameter) =>
      StringParameter.valueForStringParameter(scope, addressParameterName(deployment, parameter));
    return new ExternalConnection(scope, id, {
      connectionName: connection,
      secretPrefix: deployment,
      secret: {
        secretArn: secretArnOf(scope, accessTokenSecretName(deployment, connection)),
        isPattern: true,
        keyArn: addressOf('key'),
        via: viaSecretsManager(scope),
      },
      consumerTargetArn: addressOf('consumer-target'),
      region: Stack.of(scope).region,
      ...(store === 'dynamodb' && { tokensTable: tableOf(scope, addressOf('tokens-table')) }),
    });
  }

  static fromAttributes(
    scope: Construct,
    id: string,
    { accessTokenSecretArn, encryptionKeyArn, consumerTargetArn }: ConnectionAttributes,
  ): ExternalConnection {
    const { region, prefix, connection } = FULL_SECRET_ARN.exec(accessTokenSecretArn)?.groups ?? {};
    const isTarget =
      consumerTargetArn === undefined ||
      Token.isUnresolved(consumerTargetArn) ||
      CONSUMER_TARGET_ARN.test(consumerTargetArn);
    if (!isTarget)
      throw new InvalidSettingsError([
        `consumerTargetArn: ${describeProblem(consumerTargetArn, {
          what: 'what consumers invoke',
          allowed:
            'arn:aws:lambda:REGION:ACCOUNT:function:NAME:consumers, or without an alias for a deployment of 0.2. It is the SSM parameter /zoho-token-refresher/PREFIX/consumer-target',
        })}`,
      ]);
    if (region === undefined || prefix === undefined || connection === undefined)
      throw new InvalidSettingsError([
        `accessTokenSecretArn: ${describeProblem(show(accessTokenSecretArn), {
          what: 'the full ARN of a token secret',
          allowed:
            'arn:aws:secretsmanager:REGION:ACCOUNT:secret:PREFIX/CONNECTION/access-token-XXXXXX, with the six random characters at its end',
        })}`,
      ]);
    return new ExternalConnection(scope, id, {
      connectionName: connection,
      secretPrefix: prefix,
      secret: {
        secretArn: accessTokenSecretArn,
        isPattern: false,
        keyArn: encryptionKeyArn,
        via: viaSecretsManager(scope, region),
      },
      consumerTargetArn,
      region,
    });
  }

  readonly connectionName: string;
  readonly secretPrefix: string;
  readonly #secret: ReadableSecret;
  readonly #consumerTargetArn: string | undefined;
  readonly #region: string;
  readonly #tokensTable: ReadableTable | undefined;

  private constructor(scope: Construct, id: string, props: ExternalConnectionProps) {
    super(scope, id);
    this.connectionName = props.connectionName;
    this.secretPrefix = props.secretPrefix;
    this.#secret = props.secret;
    this.#consumerTargetArn = props.consumerTargetArn;
    this.#region = props.region;
    this.#tokensTable = props.tokensTable;
  }

  grantRead(grantee: IGrantable): Grant {
    const { keyArn } = this.#secret;
    const granted = this.#checked('grantRead', grantReadByOwnPolicy(grantee, this.#secret));
    if (this.#tokensTable === undefined || !granted.success) return granted;
    const { connectionName: connection, secretPrefix } = this;
    return granted
      .combine(grantGetToken(grantee, this.#tokensTable.tableArn, connection))
      .combine(grantUnsealToken(grantee, { keyArn, secretPrefix, connection }));
  }

  grantRequestRefresh(grantee: IGrantable): Grant {
    if (this.#consumerTargetArn === undefined)
      throw new Error(
        `${this.node.path} has no consumerTargetArn, so no one can request a refresh. Pass it to fromAttributes, or call grantRead only.`,
      );
    const resourceArns = [this.#consumerTargetArn];
    const grant = Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns });
    return this.#checked('grantRequestRefresh', grant);
  }

  attachTo(consumer: LambdaFunction): void {
    this.grantRead(consumer);
    if (this.#consumerTargetArn !== undefined) this.grantRequestRefresh(consumer);
    setClientEnvironment(consumer, {
      secretPrefix: this.secretPrefix,
      refresher: this.#consumerTargetArn,
      region: this.#region,
      tokensTable: this.#tokensTable?.tableName,
      ...(!this.#secret.isPattern && { tokenSecretArn: this.#secret.secretArn }),
    });
  }

  /** The policies of secret, key and function belong to the other stack. */
  #checked(method: string, grant: Grant): Grant {
    if (!grant.success)
      Annotations.of(this).addError(
        `${method} needs a principal with a policy of its own, such as a role of this app. Others have to be allowed in the stack of the deployment: zoho.connection('${this.connectionName}').${method}(...).`,
      );
    return grant;
  }
}

/** A table of this account and region. */
function tableOf(scope: Construct, tableName: string): ReadableTable {
  const place = { service: 'dynamodb', resource: 'table', resourceName: tableName };
  return { tableName, tableArn: Stack.of(scope).formatArn(place) };
}

/** References have no readable text. */
function show(arn: string): string {
  return Token.isUnresolved(arn) ? 'a value that is known at deployment' : arn;
}
