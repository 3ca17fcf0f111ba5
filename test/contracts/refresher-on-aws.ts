import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { World } from '../../lambdas/refresher/compose-refresher.ts';
import { DEFAULT_CONFIG } from '../../lambdas/refresher/config.ts';
import { createAwsClientsWithoutTimeouts } from '../../sandbox/deployment/aws-clients-without-timeouts.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import type { Authorization, PublishedDocument } from '../../sandbox/deployment/local-deployment.ts';
import { LocalRefresher } from '../../sandbox/deployment/local-refresher.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { startZohoSimulator, type ZohoSimulator } from '../../sandbox/zoho/zoho-simulator.ts';
import { withAwsDate } from '../support/aws-date.ts';
import { START_MS } from '../support/sandbox.ts';
import type { DeployedAws, Principal } from './deployed-aws.ts';

/** The connection that is declared. */
export const CONNECTION = 'crm-prod';

const TOKEN_SECRET = `zoho/${CONNECTION}/access-token`;

/**
 * The refresher on any AWS that speaks AWS's protocols: a stand-in, or an emulator that enforces IAM. Everything is done
 * through an SDK, with the credentials that are used for it in production.
 */
export class RefresherOnAws extends LocalRefresher {
  readonly #aws: DeployedAws;
  readonly #clients: Map<Principal, World['aws']>;

  private constructor(aws: DeployedAws, clock: ManualClock, zoho: ZohoSimulator) {
    const clients = clientsOf(aws, 'refresher');
    const declaredConnections = {
      [CONNECTION]: { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
    } as const;
    const config = { tableName: aws.tableName, secretPrefix: 'zoho', declaredConnections, ...DEFAULT_CONFIG };
    super({ clock, zoho, aws: clients, config });
    this.#aws = aws;
    this.#clients = new Map([['refresher', clients]]);
  }

  static async start(deploy: (clock: ManualClock) => Promise<DeployedAws>): Promise<RefresherOnAws> {
    const clock = new ManualClock(START_MS);
    const aws = await deploy(clock);
    return new RefresherOnAws(aws, clock, await startZohoSimulator({ clock, random: seededRandom(1001) }));
  }

  /** Gets a refresh token from Zoho, for a new client or a given one, and stores it as the operator. */
  async authorize(client = this.zoho.registerClient({ dataCenter: 'eu' })): Promise<Authorization> {
    const { clientId, clientSecret } = client;
    const refreshToken = this.zoho.grant({ clientId, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL' });
    const SecretString = JSON.stringify({
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      data_center: 'eu',
    });
    await this.#storeCredentials(SecretString);
    return { clientId, clientSecret, refreshToken };
  }

  /** Creates the secret, or writes a new version. */
  async #storeCredentials(SecretString: string): Promise<void> {
    const { secretsManager } = this.#as('operator');
    const Name = `zoho/${CONNECTION}/credentials`;
    try {
      await secretsManager.send(new CreateSecretCommand({ Name, SecretString, KmsKeyId: this.#aws.keyArn }));
    } catch (error) {
      if (!(error instanceof ResourceExistsException)) throw error;
      await secretsManager.send(new PutSecretValueCommand({ SecretId: Name, SecretString }));
    }
  }

  /** What a consumer reads; undefined before the first token. */
  async readToken(): Promise<PublishedDocument | undefined> {
    const read = new GetSecretValueCommand({ SecretId: TOKEN_SECRET, VersionStage: 'AWSCURRENT' });
    try {
      const { SecretString = '' } = await this.#as('consumer').secretsManager.send(read);
      return JSON.parse(SecretString) as PublishedDocument;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  /** The row, as the operator reads it. */
  async readRow(): Promise<Connection> {
    const table = createConnectionTable(this.#as('operator').dynamoDb, this.#aws.tableName);
    const row = await table.read(CONNECTION, new AbortController().signal);
    if (row === undefined) throw new Error(`The table has no row of ${CONNECTION}.`);
    return row;
  }

  /** The administrator edits the token secret by hand. */
  async writeTokenByHand(text: string): Promise<void> {
    const put = new PutSecretValueCommand({ SecretId: TOKEN_SECRET, SecretString: text });
    await this.#as('administrator').secretsManager.send(put);
  }

  /** The administrator moves AWSCURRENT of the token secret by hand. */
  async moveCurrentByHand(move: { from: string | undefined; to: string | undefined }): Promise<void> {
    await this.#as('administrator').secretsManager.send(
      new UpdateSecretVersionStageCommand({
        SecretId: TOKEN_SECRET,
        VersionStage: 'AWSCURRENT',
        RemoveFromVersionId: move.from,
        MoveToVersionId: move.to,
      }),
    );
  }

  async close(): Promise<void> {
    for (const clients of this.#clients.values())
      for (const client of Object.values(clients)) client.destroy();
    await Promise.all([this.#aws.close(), this.zoho.close()]);
  }

  #as(principal: Principal): World['aws'] {
    const clients = this.#clients.get(principal) ?? clientsOf(this.#aws, principal);
    this.#clients.set(principal, clients);
    return clients;
  }
}

function clientsOf(aws: DeployedAws, principal: Principal): World['aws'] {
  const clients = createAwsClientsWithoutTimeouts((service) => aws.configOf(principal, service));
  // An emulator has the time of the machine, from which the refresher would conclude that the clock of the test is wrong.
  return withAwsDate(clients, undefined);
}
