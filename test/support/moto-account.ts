import { type CreateTableCommandInput, DynamoDB } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { type CreateAliasCommandInput, Lambda } from '@aws-sdk/client-lambda';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import type { Template } from 'aws-cdk-lib/assertions';
import { type AwsClientConfig, clientConfigFor } from '../../sandbox/aws/client-config.ts';
import type { DeployedAws, Principal } from '../contracts/deployed-aws.ts';
import type { Moto } from './moto.ts';
import { arnOf, NAMED_BY_ID, refOf } from './moto-arns.ts';
import { operatorPoliciesOnMoto } from './moto-operator.ts';
import { findRole, MotoRoles, PRINCIPALS } from './moto-roles.ts';
import { type Deployed, PLACE, resolve } from './template-resolver.ts';

/** What a principal is allowed beyond its policies. */
interface Allowance {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

type Properties = Readonly<Record<string, unknown>>;

const { account, region, partition } = PLACE;

const EVERYTHING = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const EMPTY_ZIP = Buffer.from(`PK\x05\x06${'\0'.repeat(18)}`, 'latin1');

/**
 * An account on moto with IAM enforced and the resources of a synthesized template: its table, secrets, function, and roles
 * with their policies; also an operator with the documented policy, and an administrator. Not deployed by moto's
 * CloudFormation, which skips types that it does not know, such as secrets.
 */
export class MotoAccount implements DeployedAws {
  readonly #moto: Moto;
  readonly #template: Template;
  readonly #roles: MotoRoles;
  readonly #dynamoDb: DynamoDB;
  readonly #secretsManager: SecretsManager;
  readonly #deployed: Map<string, Deployed>;
  readonly #configs = new Map<Principal, AwsClientConfig>();

  private constructor(moto: Moto, template: Template) {
    const unsigned = clientConfigFor(moto.endpoint);
    this.#moto = moto;
    this.#template = template;
    this.#roles = new MotoRoles(moto);
    this.#dynamoDb = new DynamoDB(unsigned);
    this.#secretsManager = new SecretsManager(unsigned);
    this.#deployed = new Map(
      NAMED_BY_ID.flatMap((type) =>
        this.#resources(type).map(([id]) => [id, { ref: refOf(type, id), arn: arnOf(type, id) }] as const),
      ),
    );
    for (const [id, { FunctionName, Name }] of this.#resources('AWS::Lambda::Alias')) {
      const arn = `${arnOf('AWS::Lambda::Function', String(this.#resolve(FunctionName)))}:${String(Name)}`;
      this.#deployed.set(id, { ref: arn, arn });
    }
  }

  static async create(moto: Moto, template: Template): Promise<MotoAccount> {
    const created = new MotoAccount(moto, template);
    await created.#createKeys();
    await created.#createTables();
    for (const secret of created.#secrets()) await created.#createSecret(secret);
    await created.#createRoles();
    await created.#createFunction();
    await moto.enforceIam(true);
    return created;
  }

  get tableName(): string {
    return this.#only('AWS::DynamoDB::Table', 'ZohoConnections').ref;
  }

  get keyArn(): string {
    return this.arnOf('AWS::KMS::Key');
  }

  get functionName(): string {
    return this.#only('AWS::Lambda::Function', 'ZohoRefresher').ref;
  }

  /** Name of the template's only resource of a type whose logical ID begins so. */
  nameOf(type: string, beginning: string): string {
    return this.#only(type, beginning).ref;
  }

  /** ARN of the template's only resource of a type whose logical ID begins so. */
  arnOf(type: string, beginning = ''): string {
    return this.#only(type, beginning).arn;
  }

  /** ARN of a connection's secret, or in the form of one. */
  secretArn(name: string): string {
    const declared = this.#secrets().find(([, { Name }]) => Name === name);
    return declared === undefined
      ? `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}*`
      : this.#find(declared[0]).arn;
  }

  parameterArn(name: string): string {
    return `arn:${partition}:ssm:${region}:${account}:parameter${name}`;
  }

  configOf(principal: Principal): AwsClientConfig {
    const config = this.#configs.get(principal);
    if (config === undefined) throw new Error(`this account has no ${principal}`);
    return config;
  }

  /**
   * Recreates the table and a connection's token secret, as they are just after a deployment, and its credentials secret if it was
   * authorized. A new secret has a new ARN, which goes into its consumer's policy.
   */
  async renew(connection: string, { isAuthorized = false } = {}): Promise<void> {
    await this.#unenforced(async () => {
      await this.#dynamoDb.deleteTable({ TableName: this.tableName });
      await this.#createTables([this.tableName]);
      for (const secret of this.#secrets()) {
        const name = String(secret[1].Name);
        if (!name.startsWith(`zoho/${connection}/`)) continue;
        await this.#secretsManager.deleteSecret({ SecretId: name, ForceDeleteWithoutRecovery: true });
        if (isAuthorized || !name.endsWith('/credentials')) await this.#createSecret(secret);
      }
      const consumer = this.#roleOf('consumer');
      await this.#roles.replacePolicies(consumer, this.#policiesOf(consumer));
    });
  }

  /** Runs `act` while a principal is allowed more than its policies say. */
  async allowing<T>(principal: Principal, more: Allowance, act: () => Promise<T>): Promise<T> {
    const role = this.#roleOf(principal);
    const policy = { Statement: [{ Effect: 'Allow', Action: more.actions, Resource: more.resources }] };
    await this.#unenforced(() => this.#roles.putPolicy(role, 'More', policy));
    try {
      return await act();
    } finally {
      await this.#unenforced(() => this.#roles.deletePolicy(role, 'More'));
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #unenforced(change: () => Promise<void>): Promise<void> {
    await this.#moto.enforceIam(false);
    await change();
    await this.#moto.enforceIam(true);
  }

  /** Keys have the names that KMS gives them. */
  async #createKeys(): Promise<void> {
    const kms = new KMS(clientConfigFor(this.#moto.endpoint));
    for (const [id] of this.#resources('AWS::KMS::Key')) {
      const { KeyMetadata } = await kms.createKey({});
      this.#deployed.set(id, { ref: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' });
    }
    kms.destroy();
  }

  async #createTables(ids = this.#resources('AWS::DynamoDB::Table').map(([id]) => id)): Promise<void> {
    for (const [id, properties] of this.#resources('AWS::DynamoDB::Table')) {
      if (!ids.includes(id)) continue;
      const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } =
        properties as unknown as CreateTableCommandInput;
      const table = { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode };
      await this.#dynamoDb.createTable({ TableName: id, ...table });
    }
  }

  /** The template's secrets, and the credentials secrets, which `zoho-tokens authorize` creates beside them. */
  #secrets(): (readonly [string, Properties])[] {
    return this.#resources('AWS::SecretsManager::Secret').flatMap(([id, properties]) => {
      const name = String(properties.Name).replace(/access-token$/, 'credentials');
      return [[id, properties] as const, [name, { ...properties, Name: name }] as const];
    });
  }

  async #createSecret([id, { Name, KmsKeyId }]: readonly [string, Properties]): Promise<void> {
    const secret = { Name: String(Name), KmsKeyId: String(this.#resolve(KmsKeyId)) };
    const { ARN = '' } = await this.#secretsManager.createSecret(secret);
    this.#deployed.set(id, { ref: ARN, arn: ARN });
  }

  async #createRoles(): Promise<void> {
    for (const [id] of this.#resources('AWS::IAM::Role')) await this.#roles.create(id, this.#policiesOf(id));
    const tables = this.#resources('AWS::DynamoDB::Table').map(([id]) => id);
    const { functionName, keyArn } = this;
    const operators = operatorPoliciesOnMoto({ tables, functionName, keyArn });
    await this.#roles.create(this.#roleOf('operator'), operators);
    await this.#roles.create(this.#roleOf('administrator'), [EVERYTHING]);
    for (const principal of PRINCIPALS) {
      const role = this.#findRole(principal);
      if (role !== undefined) this.#configs.set(principal, await this.#roles.assume(role));
    }
  }

  async #createFunction(): Promise<void> {
    const lambda = new Lambda(clientConfigFor(this.#moto.endpoint));
    for (const [id, { Role }] of this.#resources('AWS::Lambda::Function')) {
      await lambda.createFunction({
        FunctionName: id,
        Role: String(this.#resolve(Role)),
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: EMPTY_ZIP },
      });
    }
    for (const [, alias] of this.#resources('AWS::Lambda::Alias'))
      await lambda.createAlias(this.#resolve(alias) as CreateAliasCommandInput);
    lambda.destroy();
  }

  #roleOf(principal: Principal): string {
    const role = this.#findRole(principal);
    if (role === undefined) throw new Error(`the template has no role of the ${principal}`);
    return role;
  }

  #findRole(principal: Principal): string | undefined {
    return findRole(
      principal,
      this.#resources('AWS::IAM::Role').map(([id]) => id),
    );
  }

  #policiesOf(role: string): object[] {
    return this.#resources('AWS::IAM::Policy')
      .map(([, properties]) => this.#resolve(properties) as { Roles: string[]; PolicyDocument: object })
      .filter(({ Roles }) => Roles.includes(role))
      .map(({ PolicyDocument }) => PolicyDocument);
  }

  /** Logical IDs and properties of the template's resources of a type. */
  #resources(type: string): (readonly [string, Properties])[] {
    return Object.entries(this.#template.findResources(type)).map(([id, { Properties }]) => [id, Properties]);
  }

  #only(type: string, beginning = ''): Deployed {
    const [resource, ...others] = this.#resources(type).filter(([id]) => id.startsWith(beginning));
    if (resource === undefined || others.length > 0) throw new Error(`not exactly one ${type} ${beginning}`);
    return this.#find(resource[0]);
  }

  #find(id: string): Deployed {
    const deployed = this.#deployed.get(id);
    if (deployed === undefined) throw new Error(`the template's "${id}" is not deployed`);
    return deployed;
  }

  #resolve(value: unknown): unknown {
    return resolve(value, (id) => this.#find(id));
  }
}
