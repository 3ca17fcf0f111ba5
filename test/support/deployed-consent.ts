import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { createConnectionTable } from '../../lambdas/adapters/connection-table.ts';
import { createZohoInvites, type ZohoInviteOptions, type ZohoInvites } from '../../lambdas/client/index.ts';
import { createInviteTable } from '../../lambdas/consent-api/adapters/invite-table.ts';
import { type Connection, registerConnection } from '../../lambdas/core/connection/connection.ts';
import type { SweepAnswer } from '../../lambdas/core/invites/consent-answers.ts';
import type { ConsentDoor } from '../../lambdas/core/invites/consent-door.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { FUNCTION } from '../../sandbox/aws/secret-permissions.ts';
import type { StartConsentFunctions } from '../../sandbox/consent/consent-functions.ts';
import type { LocalConsent, LocalConsentOptions } from '../../sandbox/consent/local-consent.ts';
import { type SandboxServer, startSandboxServer } from '../../sandbox/serve/sandbox-server.ts';
import { CONSENT_API_FUNCTION_NAME, functionArnOf } from '../../sandbox/serve/stack.ts';
import { LambdaProcesses } from './lambda-processes.ts';

export const SCOPES = ['ZohoCRM.modules.ALL'];
export const RETURN_URL = 'http://localhost:3000/zoho/done';

/** The machine's clock, which can be set forward. */
export class ShiftedClock {
  shiftMs = 0;
  now(): number {
    return Date.now() + this.shiftMs;
  }
  abortAfter(ms: number): AbortSignal {
    return AbortSignal.timeout(ms);
  }
  advance(ms: number): void {
    this.shiftMs += ms;
  }
}

/** An invite, with the names of what it is about. */
export interface Invited {
  readonly id: string;
  readonly url: string;
  readonly connection: string;
  readonly client: string;
  readonly clientId: string;
}

/**
 * The invites as they are deployed: the bundles of both functions in processes of Lambda's Node, behind an HTTP API, with the SDK's own
 * time limits, and DynamoDB, Secrets Manager, KMS, EventBridge, the refresher and Zoho on loopback.
 */
export class DeployedConsent {
  readonly server: SandboxServer<ShiftedClock>;
  readonly consent: LocalConsent;
  readonly invites: ZohoInvites;
  readonly api: LambdaProcesses;
  readonly pages: LambdaProcesses;
  /** How far ConsentApi's clock is ahead of AWS's and Zoho's. */
  readonly skew: { ms: number };
  readonly #lambda: LambdaClient;
  readonly #dynamoDb: DynamoDBClient;
  #count = 0;

  private constructor(
    server: SandboxServer<ShiftedClock>,
    functions: Pick<DeployedConsent, 'api' | 'pages' | 'skew'>,
  ) {
    if (server.consent === undefined) throw new Error('the pages are not deployed');
    this.server = server;
    this.consent = server.consent;
    this.api = functions.api;
    this.pages = functions.pages;
    this.skew = functions.skew;
    this.#lambda = new LambdaClient(clientConfigFor(server.aws.lambda.endpoint));
    this.#dynamoDb = new DynamoDBClient(server.deployment.aws.functionConfig('dynamodb'));
    const target = server.environment.ZOHO_CONSENT_TARGET;
    this.invites = createZohoInvites({ target, lambdaClient: this.#lambda });
  }

  static async start(options: LocalConsentOptions = {}): Promise<DeployedConsent> {
    const clock = new ShiftedClock();
    const skew = { ms: 0 };
    const started: LambdaProcesses[] = [];
    const startFunctions: StartConsentFunctions = ({ environments, deployment, endpoints, zoho }) => {
      const { aws } = deployment;
      const shared = { routes: zoho, shiftMs: () => clock.shiftMs + skew.ms };
      const place = {
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: FUNCTION,
        AWS_SECRET_ACCESS_KEY: 'sandbox',
        AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
      };
      const api = new LambdaProcesses({
        ...shared,
        skewMs: () => skew.ms,
        name: 'consent-api',
        timeoutMs: 60_000,
        most: 3,
        environment: {
          ...environments.consentApi,
          ...place,
          AWS_ENDPOINT_URL_KMS: endpoints.kms,
          AWS_ENDPOINT_URL_DYNAMODB: aws.dynamoDb.endpoint,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.secretsManager.endpoint,
          AWS_ENDPOINT_URL_EVENTBRIDGE: aws.eventBridge.endpoint,
        },
      });
      const pages = new LambdaProcesses({
        ...shared,
        name: 'consent-pages',
        timeoutMs: 29_000,
        most: 2,
        environment: { ...environments.pages, ...place },
      });
      started.push(api, pages);
      return Promise.resolve({
        consentApi: (event, arn) => api.invoke(event, arn),
        pages: (event) => pages.invoke(event, functionArnOf('pages')),
        close: async () => {
          await Promise.all([api.close(), pages.close()]);
        },
      });
    };
    const server = await startSandboxServer({
      clock,
      connections: {},
      consent: { displayName: 'Acme Reports', ...options, startFunctions },
    });
    const [api, pages] = started;
    if (api === undefined || pages === undefined) throw new Error('the functions were not started');
    return new DeployedConsent(server, { api, pages, skew });
  }

  async close(): Promise<void> {
    this.#lambda.destroy();
    this.#dynamoDb.destroy();
    await this.server.close();
  }

  /** A client that is registered at Zoho for the pages, and stored. */
  addClient(registration: object = {}): { readonly name: string; readonly clientId: string } {
    this.#count += 1;
    const name = `client-${this.#count}`;
    const { deployment } = this.server;
    const { clientId, clientSecret } = deployment.zoho.registerClient({
      dataCenter: 'eu',
      redirectUris: [this.consent.redirectUri],
      ...registration,
    });
    deployment.putClient(name, { client_id: clientId, client_secret: clientSecret, data_center: 'eu' });
    return { name, clientId };
  }

  /** An invite to a new connection, by a client of its own: Zoho counts codes by client. */
  async invite(changes: Partial<ZohoInviteOptions> = {}, registration: object = {}): Promise<Invited> {
    const { name: client, clientId } = this.addClient(registration);
    const connection = `crm-${this.#count}`;
    const options = {
      connection,
      client,
      scopes: SCOPES,
      create: true,
      dataCenter: 'eu',
      ...changes,
    } as const;
    const { id, url } = await this.invites.create(options);
    return { id, url, clientId, connection: options.connection, client: options.client };
  }

  /** What ConsentApi answers through one of its aliases; undefined: without one. */
  async through(door: ConsentDoor | undefined, event: unknown): Promise<unknown> {
    const arn = functionArnOf(CONSENT_API_FUNCTION_NAME);
    return await this.consent.invoke(event, door === undefined ? arn : `${arn}:${door}`);
  }

  sweep(): Promise<SweepAnswer> {
    return this.consent.sweep();
  }

  advance(ms: number): void {
    this.server.deployment.clock.advance(ms);
  }

  credentials(connection: string): Record<string, unknown> | undefined {
    const { store } = this.server.deployment.aws.secretsManager;
    const text = store.currentText(`zoho/${connection}/credentials`);
    return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
  }

  /** Changes the row of a connection, as an operator's command does. */
  async changeRow(connection: string, change: (row: Connection, nowMs: number) => Connection): Promise<void> {
    const { deployment } = this.server;
    const nowMs = deployment.clock.now();
    const row = await deployment.readConnection(connection);
    const table = createConnectionTable(this.#dynamoDb, deployment.aws.tableName);
    await table.replaceIfFree(row, change(row, nowMs), nowMs, AbortSignal.timeout(5_000));
  }

  /** A connection that a user has authorized by an invite. */
  async recordConsent(connection: string, grantor: string): Promise<void> {
    const { deployment } = this.server;
    const nowMs = deployment.clock.now();
    const signal = AbortSignal.timeout(5_000);
    const table = createConnectionTable(this.#dynamoDb, deployment.aws.tableName);
    await table.create(registerConnection(connection, 'connected', nowMs), signal);
    const consents = createInviteTable(this.#dynamoDb, deployment.aws.dynamoDb.consentsTableName);
    const record = { connection, inviteId: 'x', grantor, persons: [], authorizedAtMs: nowMs };
    await consents.recordConsent(record, signal);
  }

  /** How many refresh tokens of a client Zoho accepts. */
  refreshTokensOf(clientId: string): number {
    return this.server.deployment.zoho.refreshTokensOf({ clientId, dataCenter: 'eu' }).length;
  }

  /** The exchanges of codes of a client that Zoho has answered with tokens. */
  exchangesOf(clientId: string): number {
    return this.server.deployment.zoho.tokenCalls.filter(
      (call) =>
        call.grantType === 'authorization_code' && call.outcome === 'minted' && call.clientId === clientId,
    ).length;
  }
}
