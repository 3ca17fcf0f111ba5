import type { AccountsConnection } from '../lambdas/adapters/accounts-request.ts';
import { scanConnections } from '../lambdas/adapters/connection-queries.ts';
import { createConnectionTable } from '../lambdas/adapters/connection-table.ts';
import type { Connection } from '../lambdas/core/connection/connection.ts';
import type { ConnectionStore, MalformedRow } from '../lambdas/core/ports.ts';
import { type AwsClients, createAwsClients } from './aws/clients.ts';
import { type Deployment, findDeployment } from './deployment/find-deployment.ts';
import { type RefresherSettings, readRefresherSettings } from './deployment/refresher-settings.ts';
import { askRefresher, type RefresherAnswer } from './refresher/ask-refresher.ts';
import type { Machine } from './runtime.ts';
import { type ConnectionSecrets, createConnectionSecrets } from './secrets/connection-secrets.ts';
import { openSandbox } from './zoho/sandbox.ts';

/** Which stack a command is about. */
export interface StackOptions {
  /** @default 'ZohoTokenRefresher' */
  readonly stack?: string;
  /** @default AWS_REGION, or the profile's */
  readonly region?: string;
  /** @default AWS_PROFILE */
  readonly profile?: string;
}

/** What a command works with: the machine, the deployed stack, and Zoho. Nothing is called before it is asked for. */
export interface Session {
  readonly machine: Machine;
  readonly aws: AwsClients;
  /** The stack, found by its outputs. */
  deployment(): Promise<Deployment>;
  /** The connections table, one row at a time. */
  connections(): Promise<ConnectionStore>;
  /** All rows of the table, by name. */
  list(): Promise<readonly (Connection | MalformedRow)[]>;
  /** Both secrets of each connection. */
  secrets(): Promise<ConnectionSecrets>;
  /** The refresher's own settings, which say what is declared. */
  refresherSettings(): Promise<RefresherSettings>;
  /** Asks the refresher for a new token now. */
  refresh(connection: string): Promise<RefresherAnswer>;
  /** How Zoho's accounts servers are reached. */
  readonly accounts: AccountsConnection;
  /** The address of a page of an accounts server, as the browser has to open it. */
  readonly browserUrl: (url: string) => string;
  /** Aborts when a call of AWS takes too long. */
  signal(): AbortSignal;
}

const AWS_TIMEOUT_MS = 20_000;
const ZOHO_TIMEOUT_MS = 15_000;

/** Opens a session. Throws {@link CliError} when the machine's environment makes no sense. */
export function openSession(machine: Machine, options: StackOptions): Session {
  const sandbox = openSandbox(machine);
  const aws = createAwsClients({ ...options, endpoint: sandbox.awsEndpoint });
  const signal = () => machine.clock.abortAfter(AWS_TIMEOUT_MS);
  const deployment = once(() => findDeployment(aws, options));
  const connections = once(async () => createConnectionTable(aws.dynamoDb, (await deployment()).tableName));
  const secrets = once(async () => createConnectionSecrets(aws.secretsManager, await deployment(), signal));
  return {
    machine,
    aws,
    deployment,
    connections,
    list: async () => scanConnections(aws.dynamoDb, (await deployment()).tableName),
    secrets,
    refresherSettings: once(async () => readRefresherSettings(aws.lambda, await deployment())),
    refresh: async (connection) => askRefresher(aws.lambda, (await deployment()).functionName, connection),
    accounts: { timeoutMs: ZOHO_TIMEOUT_MS, clock: machine.clock, fetch: sandbox.fetch },
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
