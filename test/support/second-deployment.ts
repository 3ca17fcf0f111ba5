import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { ConnectionStore } from '../../lambdas/core/ports.ts';
import type { RefresherConfig } from '../../lambdas/refresher/config.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { LocalDeployment, PublishedDocument } from '../../sandbox/deployment/local-deployment.ts';
import { LocalRefresher } from '../../sandbox/deployment/local-refresher.ts';
import { createConnectionsTable } from './connections-table.ts';

/** Another deployment in the account and region of a {@link LocalDeployment}, with the same Zoho and the same clock. */
export class SecondDeployment {
  readonly refresher: LocalRefresher;
  readonly table: ConnectionStore;
  readonly #beside: LocalDeployment;

  private constructor(beside: LocalDeployment, refresher: LocalRefresher) {
    this.#beside = beside;
    this.refresher = refresher;
    this.table = createConnectionTable(beside.dependencies.aws.dynamoDb, refresher.config.tableName);
  }

  /** Creates its table and the token secrets of its declared connections. */
  static async start(
    beside: LocalDeployment,
    config: Pick<RefresherConfig, 'secretPrefix' | 'tableName'> & Partial<RefresherConfig>,
  ): Promise<SecondDeployment> {
    const { aws } = beside.dependencies;
    await createConnectionsTable(aws.dynamoDb, config.tableName);
    const refresher = new LocalRefresher({
      clock: beside.clock,
      zoho: beside.zoho,
      aws,
      seed: 7,
      config: { ...beside.config, declaredConnections: {}, followSecretPrefix: undefined, ...config },
    });
    const second = new SecondDeployment(beside, refresher);
    for (const name of Object.keys(refresher.config.declaredConnections))
      second.createSecret(name, 'access-token');
    return second;
  }

  secretName(connection: string, kind: 'credentials' | 'access-token'): string {
    return `${this.refresher.config.secretPrefix}/${connection}/${kind}`;
  }

  createSecret(
    connection: string,
    kind: 'credentials' | 'access-token',
    more: { readonly kmsKeyId?: string; readonly tags?: ReadonlyMap<string, string> } = {},
  ): void {
    this.#store.create({ name: this.secretName(connection, kind), ...more });
  }

  /** Gets a refresh token from Zoho and writes the credentials secret. */
  authorize(connection: string, scope = 'ZohoCRM.modules.ALL'): { readonly refreshToken: string } {
    const { zoho } = this.#beside;
    const { clientId, clientSecret } = zoho.registerClient({ dataCenter: 'eu' });
    const refreshToken = zoho.grant({ clientId, dataCenter: 'eu', scope });
    const name = this.secretName(connection, 'credentials');
    if (this.#store.find(name) === undefined) this.createSecret(connection, 'credentials');
    const credentials = {
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      data_center: 'eu',
    };
    this.#store.put(name, { value: secretText(JSON.stringify(credentials)) });
    return { refreshToken };
  }

  /** Creates a row, or fails if there is one. */
  async register(row: Connection): Promise<void> {
    const { created } = await this.table.create(row, AbortSignal.timeout(5_000));
    if (!created) throw new Error(`There is a row of ${row.name} already.`);
  }

  async row(connection: string): Promise<Connection> {
    const row = await this.table.read(connection, AbortSignal.timeout(5_000));
    if (row === undefined) throw new Error(`The table has no row of ${connection}.`);
    return row;
  }

  /** Makes a row due at once. */
  async makeDue(connection: string): Promise<void> {
    await this.#beside.dependencies.aws.dynamoDb.send(
      new UpdateItemCommand({
        TableName: this.refresher.config.tableName,
        Key: { connection: { S: connection } },
        UpdateExpression: 'SET nextAttemptAt = :now',
        ExpressionAttributeValues: { ':now': { N: String(this.#beside.clock.now()) } },
      }),
    );
  }

  /** What its consumers read; undefined before the first token. */
  readToken(connection: string): PublishedDocument | undefined {
    const text = this.#store.currentText(this.secretName(connection, 'access-token'));
    return text === undefined ? undefined : (JSON.parse(text) as PublishedDocument);
  }

  get #store() {
    return this.#beside.aws.secretsManager.store;
  }
}
