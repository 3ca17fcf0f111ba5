import type { AccountsConnection } from '../lambdas/adapters/accounts-request.ts';
import { scanConnections } from '../lambdas/adapters/connection-queries.ts';
import { createConnectionTable } from '../lambdas/adapters/connection-table.ts';
import type { Connection } from '../lambdas/core/connection/connection.ts';
import type { ConnectionStore, MalformedRow } from '../lambdas/core/ports.ts';
import { type AwsClients, createAwsClients } from './aws/clients.ts';
import { type Deployment, findDeployment } from './deployment/find-deployment.ts';
import { type RefresherSettings, readRefresherSettings } from './deployment/refresher-settings.ts';
import { type RefresherAnswer, requestRefresh } from './refresher/request-refresh.ts';
import type { Runtime } from './runtime.ts';
import { type ConnectionSecrets, createConnectionSecrets } from './secrets/connection-secrets.ts';
import { openSandbox } from './zoho/sandbox.ts';

/** Which stack a command works on. */
export interface StackOptions {
  /** @default 'ZohoTokenRefresher' */
  readonly stack?: string;
  /** @default AWS_REGION, or the region of the profile */
  readonly region?: string;
  /** @default AWS_PROFILE */
  readonly profile?: string;
}

/** What a command works with: the runtime, the deployed stack, and Zoho. Each part is loaded on first use. */
export interface Session {
  readonly runtime: Runtime;
  readonly aws: AwsClients;
  /** The stack, found by its outputs. */
  deployment(): Promise<Deployment>;
  /** The connections table, one row at a time. */
  connections(): Promise<ConnectionStore>;
  /** All rows of the table, sorted by name. */
  list(): Promise<readonly (Connection | MalformedRow)[]>;
  /** Both secrets of each connection. */
  secrets(): Promise<ConnectionSecrets>;
  /** The settings of the deployed refresher, including the declared connections. */
  refresherSettings(): Promise<RefresherSettings>;
  /** Asks the refresher for a new token now. */
  refresh(connection: string): Promise<RefresherAnswer>;
  /** How Zoho's accounts servers are reached. */
  readonly accounts: AccountsConnection;
  /** Maps the URL of an accounts server to the URL that the browser must open. */
  readonly browserUrl: (url: string) => string;
  /** A new signal that aborts when an AWS call takes too long. */
  signal(): AbortSignal;
}

const AWS_TIMEOUT_MS = 20_000;
const ZOHO_TIMEOUT_MS = 15_000;

/** Opens a session. Throws {@link CliError} when the environment variables of the sandbox are not valid. */
export function openSession(runtime: Runtime, options: StackOptions): Session {
  const sandbox = openSandbox(runtime);
  const aws = createAwsClients({ ...options, endpoint: sandbox.awsEndpoint });
  const signal = () => runtime.clock.abortAfter(AWS_TIMEOUT_MS);
  const deployment = once(() => findDeployment(aws, options));
  const connections = once(async () => createConnectionTable(aws.dynamoDb, (await deployment()).tableName));
  const secrets = once(async () => createConnectionSecrets(aws.secretsManager, await deployment(), signal));
  return {
    runtime,
    aws,
    deployment,
    connections,
    list: async () => scanConnections(aws.dynamoDb, (await deployment()).tableName),
    secrets,
    refresherSettings: once(async () => readRefresherSettings(aws.lambda, await deployment())),
    refresh: async (connection) => requestRefresh(aws.lambda, (await deployment()).functionName, connection),
    accounts: { timeoutMs: ZOHO_TIMEOUT_MS, clock: runtime.clock, fetch: sandbox.fetch },
    browserUrl: sandbox.browserUrl,
    signal,
  };
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
