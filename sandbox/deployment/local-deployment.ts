import { randomUUID } from 'node:crypto';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import { composeRefresher, type World } from '../../lambdas/refresher/compose-refresher.ts';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../lambdas/refresher/config.ts';
import type { RefresherHandler } from '../../lambdas/refresher/create-handler.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../aws/embedded-aws.ts';
import type { DeliveredEvent } from '../aws/event-bridge.ts';
import { secretText } from '../aws/secret-record.ts';
import { ProcessFolder } from '../processes/process-folder.ts';
import { RefresherProcess } from '../processes/refresher-process.ts';
import { type Location, startZohoSimulator, type ZohoSimulator } from '../zoho/zoho-simulator.ts';
import { createAwsClientsWithoutTimeouts } from './aws-clients-without-timeouts.ts';
import { ManualClock } from './clock.ts';
import { lambdaContext } from './lambda-context.ts';
import { LogCollector } from './log-collector.ts';
import { MetricLog } from './metric-log.ts';
import { seededRandom } from './random.ts';
import { fetchThrough, type Routes, routesTo } from './zoho-router.ts';

/** A deployment on any clock. */
export interface DeploymentOptions {
  /** Declared connections, as `cdk.json` would name them. */
  readonly connections: Readonly<
    Record<string, { readonly dataCenter: Location; readonly scopes: readonly string[] }>
  >;
  /** Overrides of the refresher's knobs. @default the knobs' defaults */
  readonly knobs?: Partial<RefresherConfig>;
  /** @default 1 */
  readonly seed?: number;
  /** @default 'zoho-connections' */
  readonly tableName?: string;
  /** Told of each event on the event bus, of each line of the log, and of each line of metrics, as it comes. */
  readonly onEvent?: (event: DeliveredEvent) => void;
  readonly onLogLine?: (line: string) => void;
  readonly onMetricLine?: (line: string) => void;
}

/** A deployment on a manual clock. */
interface ManualClockOptions extends DeploymentOptions {
  readonly startMs: number;
}

/** An authorization that the operator has put into a credentials secret. */
export interface Authorization {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/**
 * The whole system on one machine: the real handler with the real AWS SDK clients, over HTTP to a DynamoDB, a Secrets
 * Manager and a Zoho on loopback, on a clock that moves only when told to, unless another is given.
 */
export class LocalDeployment<OwnClock extends Clock = ManualClock> {
  readonly clock: OwnClock;
  readonly aws: EmbeddedAws;
  readonly zoho: ZohoSimulator;
  readonly config: RefresherConfig;
  readonly metrics = new MetricLog();
  readonly log: LogCollector;
  readonly routes: Routes;
  readonly handler: RefresherHandler;
  readonly #onMetricLine: (line: string) => void;
  readonly #clients: ReturnType<typeof createAwsClientsWithoutTimeouts>;
  readonly #processes: RefresherProcess[] = [];
  readonly #leaveNoProcess = () => {
    for (const refresher of this.#processes) refresher.killAtOnce();
    this.#processFolder?.remove();
  };
  #processFolder: ProcessFolder | undefined;

  private constructor(clock: OwnClock, aws: EmbeddedAws, zoho: ZohoSimulator, options: DeploymentOptions) {
    this.clock = clock;
    this.aws = aws;
    this.zoho = zoho;
    this.log = new LogCollector(options.onLogLine);
    this.#onMetricLine = (line) => {
      this.metrics.add(line);
      options.onMetricLine?.(line);
    };
    this.routes = routesTo(zoho);
    this.config = {
      tableName: aws.tableName,
      secretPrefix: 'zoho',
      declaredConnections: options.connections,
      ...DEFAULT_CONFIG,
      ...options.knobs,
    };
    this.#clients = createAwsClientsWithoutTimeouts({
      dynamoDb: aws.clientConfig('dynamodb'),
      secretsManager: aws.clientConfig('secretsmanager'),
      eventBridge: aws.clientConfig('events'),
    });
    this.handler = this.compose(options.seed ?? 1);
  }

  /** Starts the services and creates the two empty secrets of each connection, as the stack does. */
  static async start(options: ManualClockOptions): Promise<LocalDeployment> {
    return await LocalDeployment.startOn(new ManualClock(options.startMs), options);
  }

  /** The same on a clock of the caller's. */
  static async startOn<OwnClock extends Clock>(
    clock: OwnClock,
    options: DeploymentOptions,
  ): Promise<LocalDeployment<OwnClock>> {
    const { tableName, onEvent } = options;
    const aws = await startEmbeddedAws({ clock, onEvent, ...(tableName === undefined ? {} : { tableName }) });
    const zoho = await startZohoSimulator({ clock, random: seededRandom((options.seed ?? 1) + 1000) });
    for (const connection of Object.keys(options.connections)) {
      for (const kind of ['credentials', 'access-token'])
        aws.secretsManager.store.create({ name: `zoho/${connection}/${kind}` });
    }
    return new LocalDeployment(clock, aws, zoho, options);
  }

  /** One more refresher in this process: another Lambda execution environment. */
  compose(seed: number, config: RefresherConfig = this.config): RefresherHandler {
    return composeRefresher(this.dependenciesOf(seed, config));
  }

  /** What the refresher's composition root is given here instead of AWS and Zoho. */
  dependenciesOf(seed: number, config: RefresherConfig = this.config): World {
    return {
      config,
      clock: this.clock,
      random: seededRandom(seed),
      newLeaseOwner: randomUUID,
      aws: this.#clients,
      fetch: fetchThrough(this.routes),
      logger: this.log,
      writeMetricLine: this.#onMetricLine,
    };
  }

  /** The schedule's event. */
  async tick() {
    return await this.handler({ action: 'refresh-due' }, lambdaContext());
  }

  /** A consumer whose token was rejected, or an operator. */
  async refresh(
    connection: string,
    request: { rejectedGeneration?: number; reason: 'unauthorized' | 'operator' },
  ) {
    return await this.handler({ action: 'refresh', connection, ...request }, lambdaContext());
  }

  /** A consent at Zoho whose refresh token is put into the credentials secret: what `authorize` does. */
  authorize(connection: string, client?: Pick<Authorization, 'clientId' | 'clientSecret'>): Authorization {
    const declared = this.config.declaredConnections[connection];
    if (declared === undefined) throw new Error(`The sandbox has no connection ${connection}.`);
    const dataCenter: Location = declared.dataCenter;
    const { clientId, clientSecret } = client ?? this.zoho.registerClient({ dataCenter });
    const refreshToken = this.zoho.grant({ clientId, dataCenter, scope: declared.scopes.join(',') });
    this.putCredentials(connection, {
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      data_center: dataCenter,
    });
    return { clientId, clientSecret, refreshToken };
  }

  /** Writes a credentials secret as it is given: well-formed or not. */
  putCredentials(connection: string, value: object | string): void {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.aws.secretsManager.store.put(`zoho/${connection}/credentials`, { value: secretText(text) });
  }

  /** The row of a connection, as the table holds it now. */
  async readConnection(connection: string): Promise<Connection> {
    const row = await createConnectionTable(this.#clients.dynamoDb, this.config.tableName).read(
      connection,
      AbortSignal.timeout(5_000),
    );
    if (row === undefined) throw new Error(`There is no row of ${connection}.`);
    return row;
  }

  /** A refresher in a process of its own, against the same table, secrets and Zoho. It does not outlive the deployment. */
  async startProcess(seed: number): Promise<RefresherProcess> {
    const folder = this.#processFolder ?? new ProcessFolder();
    if (this.#processFolder === undefined) process.once('exit', this.#leaveNoProcess);
    this.#processFolder = folder;
    this.shareTime();
    const { dynamoDbEndpoint, secretsManagerEndpoint, eventBridgeEndpoint } = this.aws;
    const name = `process-${this.#processes.length + 1}`;
    const refresher = new RefresherProcess(
      {
        name,
        config: this.config,
        dynamoDbEndpoint,
        secretsManagerEndpoint,
        eventBridgeEndpoint,
        routes: this.routes,
        seed,
      },
      folder,
      this.#onMetricLine,
    );
    this.#processes.push(refresher);
    await refresher.ready();
    return refresher;
  }

  /** Lets the processes' clocks show the time of this one. Timers fire when their process is told. */
  shareTime(): void {
    this.#processFolder?.time.set(this.clock.now());
  }

  /** What a consumer reads now, or undefined before the first token. */
  readToken(connection: string): PublishedDocument | undefined {
    const text = this.aws.secretsManager.store.currentText(`zoho/${connection}/access-token`);
    return text === undefined ? undefined : (JSON.parse(text) as PublishedDocument);
  }

  async close(): Promise<void> {
    this.#clients.dynamoDb.destroy();
    this.#clients.secretsManager.destroy();
    this.#clients.eventBridge.destroy();
    await Promise.all(this.#processes.map((refresher) => refresher.kill()));
    process.removeListener('exit', this.#leaveNoProcess);
    await Promise.all([this.aws.close(), this.zoho.close()]);
    this.#processFolder?.remove();
  }
}

/** The token secret's JSON, as any consumer sees it. */
export interface PublishedDocument {
  readonly access_token: string;
  readonly generation: number;
  readonly issued_at: string;
  readonly expires_at: string;
  readonly api_domain: string;
  readonly data_center: string;
  readonly scope: string;
  readonly token_type: string;
  readonly connection: string;
  readonly refresh_after: string;
}
