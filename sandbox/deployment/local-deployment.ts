import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import type { Connection } from '../../lambdas/core/connection/connection.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import type { World } from '../../lambdas/refresher/compose-refresher.ts';
import { DEFAULT_CONFIG, type RefresherConfig } from '../../lambdas/refresher/config.ts';
import { type EmbeddedAws, KEY_ARN, startEmbeddedAws } from '../aws/embedded-aws.ts';
import type { DeliveredEvent } from '../aws/event-bridge.ts';
import { secretText } from '../aws/secret-record.ts';
import type { PublishedMessage } from '../aws/sns.ts';
import { ProcessFolder } from '../processes/process-folder.ts';
import { RefresherProcess } from '../processes/refresher-process.ts';
import { type Location, startZohoSimulator } from '../zoho/zoho-simulator.ts';
import { createAwsClientsWithoutTimeouts } from './aws-clients-without-timeouts.ts';
import { ManualClock } from './clock.ts';
import { LocalRefresher, type LocalRefresherParts } from './local-refresher.ts';
import { seededRandom } from './random.ts';

/** The topics of all alarms, and those of notifications and of the composite alarms. */
export const TOPICS = {
  alarm: 'ZohoTokenRefresher-AlarmTopic1E2F3A4B-1SANDBOX0004',
  page: 'ZohoTokenRefresher-PageTopic5C6D7E8F-1SANDBOX0005',
  ticket: 'ZohoTokenRefresher-TicketTopic9A0B1C2D-1SANDBOX0006',
} as const;

/** The ARN of a topic of the sandbox. */
export function topicArnOf(name: string): string {
  return `arn:aws:sns:eu-west-1:000000000000:${name}`;
}

/** The tags of the secrets that `zoho-tokens` creates. */
const OWN_TAGS = new Map([
  ['application', 'zoho-token-refresher'],
  ['zoho-token-refresher:deployment', 'zoho'],
]);

/** What to deploy. */
export interface DeploymentOptions
  extends Pick<LocalRefresherParts<Clock>, 'seed' | 'onLogLine' | 'onMetricLine'> {
  /** Declared connections, as in `cdk.json`. */
  readonly connections: Readonly<
    Record<string, { readonly dataCenter: Location; readonly scopes: readonly string[] }>
  >;
  /** Overrides of the refresher's settings. */
  readonly knobs?: Partial<RefresherConfig>;
  readonly tableName?: string;
  /** Called with each event on the event bus as it arrives. */
  readonly onEvent?: (event: DeliveredEvent) => void;
  /** Called with each message as it is published to a topic. */
  readonly onMessage?: (message: PublishedMessage) => void;
}

/** An authorization that the operator stored in a credentials secret. */
export interface Authorization {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/**
 * The deployed system on one machine: the real handler with the real AWS SDK clients, over HTTP to a DynamoDB, a Secrets
 * Manager and a Zoho on loopback.
 */
export class LocalDeployment<OwnClock extends Clock = ManualClock> extends LocalRefresher<OwnClock> {
  readonly aws: EmbeddedAws;
  readonly #clients: World['aws'];
  readonly #processes: RefresherProcess[] = [];
  readonly #killProcesses = () => {
    for (const refresher of this.#processes) refresher.killAtOnce();
    this.#processFolder?.remove();
  };
  #processFolder: ProcessFolder | undefined;

  private constructor(aws: EmbeddedAws, parts: LocalRefresherParts<OwnClock>) {
    super(parts);
    this.aws = aws;
    this.#clients = parts.aws;
  }

  /** Starts the services and creates the empty token secret of each connection, as the stack does. */
  static async start({
    startMs,
    ...options
  }: DeploymentOptions & { readonly startMs: number }): Promise<LocalDeployment> {
    return await LocalDeployment.startOn(new ManualClock(startMs), options);
  }

  /** The same on a given clock. */
  static async startOn<OwnClock extends Clock>(
    clock: OwnClock,
    { connections, knobs, tableName, onEvent, onMessage, seed = 1, ...others }: DeploymentOptions,
  ): Promise<LocalDeployment<OwnClock>> {
    const aws = await startEmbeddedAws({
      clock,
      onEvent,
      onMessage,
      tableName,
      topics: Object.values(TOPICS),
    });
    const zoho = await startZohoSimulator({ clock, random: seededRandom(seed + 1000) });
    for (const connection of Object.keys(connections)) {
      aws.secretsManager.store.create({
        name: `zoho/${connection}/access-token`,
        kmsKeyId: KEY_ARN,
      });
    }
    return new LocalDeployment(aws, {
      ...others,
      clock,
      zoho,
      seed,
      aws: createAwsClientsWithoutTimeouts(aws.functionConfig),
      config: {
        tableName: aws.tableName,
        secretPrefix: 'zoho',
        declaredConnections: connections,
        pageTopicArn: topicArnOf(TOPICS.page),
        ticketTopicArn: topicArnOf(TOPICS.ticket),
        runbookBaseUrl: 'https://runbooks.example',
        ...DEFAULT_CONFIG,
        ...knobs,
      },
    });
  }

  /** Gets a refresh token from Zoho and stores it in the credentials secret, as `zoho-tokens authorize` does. */
  authorize(connection: string, client?: Pick<Authorization, 'clientId' | 'clientSecret'>): Authorization {
    const declared = this.config.declaredConnections[connection];
    if (declared === undefined) throw new Error(`No connection "${connection}" is declared.`);
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

  /** The same with a client that connections share, whose secret `putClient` has stored. */
  authorizeWithClient(connection: string, client: string, clientId: string): void {
    const declared = this.config.declaredConnections[connection];
    if (declared === undefined) throw new Error(`No connection "${connection}" is declared.`);
    const { dataCenter, scopes } = declared;
    const refreshToken = this.zoho.grant({ clientId, dataCenter, scope: scopes.join(',') });
    this.putCredentials(connection, { client, refresh_token: refreshToken, data_center: dataCenter });
  }

  /** Writes the secret of a shared client. `pending`: beside the current one, as `zoho-tokens client rotate` does. */
  putClient(client: string, value: object | string, { pending = false } = {}): void {
    const { store } = this.aws.secretsManager;
    const name = `zoho/${client}/client`;
    if (store.find(name) === undefined) store.create({ name, kmsKeyId: KEY_ARN, tags: OWN_TAGS });
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    store.put(name, { value: secretText(text), ...(pending ? { stages: ['AWSPENDING'] } : {}) });
  }

  /** Writes a credentials secret, well-formed or not, and creates it the first time. */
  putCredentials(connection: string, value: object | string): void {
    const { store } = this.aws.secretsManager;
    const name = `zoho/${connection}/credentials`;
    if (store.find(name) === undefined) store.create({ name, kmsKeyId: KEY_ARN, tags: OWN_TAGS });
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    store.put(name, { value: secretText(text) });
  }

  /** The row of a connection in the table. */
  async readConnection(connection: string): Promise<Connection> {
    const row = await createConnectionTable(this.#clients.dynamoDb, this.config.tableName).read(
      connection,
      AbortSignal.timeout(5_000),
    );
    if (row === undefined) throw new Error(`The table has no row of ${connection}.`);
    return row;
  }

  /**
   * Starts a refresher in a process of its own, with the same table, secrets and Zoho. The clock of its machine may be wrong. `close`
   * kills it.
   */
  async startProcess(seed: number, { clockAheadMs = 0 } = {}): Promise<RefresherProcess> {
    const folder = this.#processFolder ?? new ProcessFolder();
    if (this.#processFolder === undefined) process.once('exit', this.#killProcesses);
    this.#processFolder = folder;
    this.shareTime();
    const name = `process-${this.#processes.length + 1}`;
    const refresher = new RefresherProcess(
      {
        name,
        config: this.config,
        endpoints: this.aws.endpoints,
        routes: this.routes,
        seed,
        clockAheadMs,
      },
      folder,
      this.onMetricLine,
    );
    this.#processes.push(refresher);
    await refresher.ready();
    return refresher;
  }

  /** Sets the clocks of the processes to the time of this one. Their timers fire when `fireTimers` is called. */
  shareTime(): void {
    this.#processFolder?.time.set(this.clock.now());
  }

  /** What a consumer reads; undefined before the first token. */
  readToken(connection: string): PublishedDocument | undefined {
    const text = this.aws.secretsManager.store.currentText(`zoho/${connection}/access-token`);
    return text === undefined ? undefined : (JSON.parse(text) as PublishedDocument);
  }

  async close(): Promise<void> {
    this.#clients.dynamoDb.destroy();
    this.#clients.secretsManager.destroy();
    this.#clients.eventBridge.destroy();
    this.#clients.sns.destroy();
    this.#clients.kms.destroy();
    await Promise.all(this.#processes.map((refresher) => refresher.kill()));
    process.removeListener('exit', this.#killProcesses);
    await Promise.all([this.aws.close(), this.zoho.close()]);
    this.#processFolder?.remove();
  }
}

/** The JSON of the token secret, as far as the sandbox and its tests read it. */
export interface PublishedDocument {
  readonly access_token: string;
  readonly generation: number;
  readonly issued_at: string;
  readonly expires_at: string;
  readonly scope: string;
}
