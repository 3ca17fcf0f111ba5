import { randomUUID } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { RefreshDueResponse, RefreshResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import { composeRefresher } from '../../lambdas/refresher/compose-refresher.ts';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../lambdas/refresher/config.ts';
import type { RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import { createAwsClientsWithoutTimeouts } from '../../sandbox/deployment/aws-clients-without-timeouts.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { Authorization, PublishedDocument } from '../../sandbox/deployment/local-deployment.ts';
import { LogCollector } from '../../sandbox/deployment/log-collector.ts';
import { MetricLog } from '../../sandbox/deployment/metric-log.ts';
import { seededRandom } from '../../sandbox/deployment/random.ts';
import { fetchThrough, routesTo } from '../../sandbox/deployment/zoho-router.ts';
import { startZohoSimulator, type ZohoSimulator } from '../../sandbox/zoho/zoho-simulator.ts';
import type { DeployedAws, Principal } from './deployed-aws.ts';
import { MINUTE_MS, START_MS } from './sandbox.ts';

/** The connection that a world declares. */
export const CONNECTION = 'crm-prod';

const TOKEN_SECRET = `zoho/${CONNECTION}/access-token`;

/**
 * The real handler on any AWS that speaks AWS's protocols, with the simulated Zoho, on a clock that moves only when told
 * to. All that is done in AWS is done by an SDK, as the one who does it outside.
 */
export class RefresherWorld {
  readonly clock: ManualClock;
  readonly zoho: ZohoSimulator;
  readonly metrics = new MetricLog();
  readonly config: RefresherConfig;
  readonly #aws: DeployedAws;
  readonly #clients = new Map<Principal, ReturnType<typeof createAwsClientsWithoutTimeouts>>();
  readonly #handler: RefresherHandler;

  private constructor(clock: ManualClock, aws: DeployedAws, zoho: ZohoSimulator) {
    this.clock = clock;
    this.zoho = zoho;
    this.#aws = aws;
    this.config = {
      tableName: aws.tableName,
      secretPrefix: 'zoho',
      declaredConnections: { [CONNECTION]: { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
      ...DEFAULT_CONFIG,
    };
    this.#handler = this.compose();
  }

  static async start(deploy: (clock: ManualClock) => Promise<DeployedAws>): Promise<RefresherWorld> {
    const clock = new ManualClock(START_MS);
    const aws = await deploy(clock);
    return new RefresherWorld(clock, aws, await startZohoSimulator({ clock, random: seededRandom(1001) }));
  }

  /** One more refresher, with a configuration or a clock of its own. */
  compose(other: { config?: RefresherConfig; clock?: ManualClock } = {}): RefresherHandler {
    return composeRefresher({
      config: other.config ?? this.config,
      clock: other.clock ?? this.clock,
      random: seededRandom(1),
      newLeaseOwner: randomUUID,
      aws: this.#as('refresher'),
      fetch: fetchThrough(routesTo(this.zoho)),
      logger: new LogCollector(),
      writeMetricLine: (line) => this.metrics.add(line),
    });
  }

  /** The schedule's event. */
  async tick(handler = this.#handler): Promise<RefreshDueResponse> {
    return (await handler({ action: 'refresh-due' }, lambdaContext())) as RefreshDueResponse;
  }

  /** An operator asks for a refresh, or a consumer whose token of that generation was rejected. */
  async refresh(rejectedGeneration?: number, handler = this.#handler): Promise<RefreshResponse> {
    const reason = rejectedGeneration === undefined ? 'operator' : 'unauthorized';
    const event = { action: 'refresh', connection: CONNECTION, reason, rejectedGeneration };
    return (await handler(event, lambdaContext())) as RefreshResponse;
  }

  /** Ticks once a minute. */
  async runMinutes(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.clock.advance(MINUTE_MS);
      await this.tick();
    }
  }

  /** A consent at Zoho, of a new client or a given one, whose refresh token the operator stores. */
  async authorize(client = this.zoho.registerClient({ dataCenter: 'eu' })): Promise<Authorization> {
    const { clientId, clientSecret } = client;
    const refreshToken = this.zoho.grant({ clientId, dataCenter: 'eu', scope: 'ZohoCRM.modules.ALL' });
    const SecretString = JSON.stringify({
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      data_center: 'eu',
    });
    await this.#as('operator').secretsManager.send(
      new PutSecretValueCommand({ SecretId: `zoho/${CONNECTION}/credentials`, SecretString }),
    );
    return { clientId, clientSecret, refreshToken };
  }

  /** What a consumer reads now, or undefined before the first token. */
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

  /** The row, as the operator sees it. */
  async readRow(): Promise<Connection> {
    const table = createConnectionTable(this.#as('operator').dynamoDb, this.#aws.tableName);
    const row = await table.read(CONNECTION, new AbortController().signal);
    if (row === undefined) throw new Error(`There is no row of ${CONNECTION}.`);
    return row;
  }

  /** Somebody edits the token secret. */
  async writeTokenByHand(text: string): Promise<void> {
    const put = new PutSecretValueCommand({ SecretId: TOKEN_SECRET, SecretString: text });
    await this.#as('administrator').secretsManager.send(put);
  }

  /** Somebody moves AWSCURRENT of the token secret from one version to another. */
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
    for (const { dynamoDb, secretsManager, eventBridge } of this.#clients.values()) {
      dynamoDb.destroy();
      secretsManager.destroy();
      eventBridge.destroy();
    }
    await Promise.all([this.#aws.close(), this.zoho.close()]);
  }

  #as(principal: Principal): ReturnType<typeof createAwsClientsWithoutTimeouts> {
    const clients =
      this.#clients.get(principal) ??
      createAwsClientsWithoutTimeouts({
        dynamoDb: this.#aws.configOf(principal, 'dynamodb'),
        secretsManager: this.#aws.configOf(principal, 'secretsmanager'),
        eventBridge: this.#aws.configOf(principal, 'events'),
      });
    this.#clients.set(principal, clients);
    return clients;
  }
}
