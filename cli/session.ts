import type { AccountsConnection } from '../lambdas/adapters/accounts-request.ts';
import { scanConnections } from '../lambdas/adapters/connection-queries.ts';
import { createConnectionTable } from '../lambdas/adapters/connection-table.ts';
import type { Connection } from '../lambdas/core/connection/connection.ts';
import type { ConnectionStore, MalformedRow } from '../lambdas/core/ports.ts';
import { readCallerArn } from './aws/caller-arn.ts';
import { type AwsClients, createAwsClients } from './aws/clients.ts';
import { announceChange } from './deployment/announce-change.ts';
import { warnOfOtherVersion } from './deployment/compare-versions.ts';
import type { Deployment } from './deployment/deployment.ts';
import { findDeployment } from './deployment/find-deployment.ts';
import { type RefresherSettings, readRefresherSettings } from './deployment/refresher-settings.ts';
import { type RefresherAnswer, requestRefresh } from './refresher/request-refresh.ts';
import type { Runtime } from './runtime.ts';
import { openSecrets } from './secrets/open-secrets.ts';
import type { RoutedSecrets } from './secrets/route-secrets.ts';
import { openSandbox } from './zoho/sandbox.ts';

/** Which deployment a command works on. */
export interface DeploymentOptions {
  /** Its `secretPrefix`. @default ZOHO_DEPLOYMENT, or the only deployment */
  readonly deployment?: string;
  /** @default AWS_REGION, or the region of the profile */
  readonly region?: string;
  /** @default AWS_PROFILE */
  readonly profile?: string;
  /** Whether not to ask before the first change in an account. @default false */
  readonly yes?: boolean;
}

/** Whether a command only reads, or changes something in AWS. */
export type Effect = 'reads' | 'changes';

/** What a command works with: the runtime, the deployment, and Zoho. Each part is loaded on first use. */
export interface Session {
  readonly runtime: Runtime;
  readonly aws: AwsClients;
  /**
   * The deployment, found by its address. In a command that changes something, it is announced here and confirmed if necessary:
   * nothing can be changed without it.
   */
  deployment(): Promise<Deployment>;
  /** The connections table, one row at a time. */
  connections(): Promise<ConnectionStore>;
  /** All rows of the table, sorted by name. */
  list(): Promise<readonly (Connection | MalformedRow)[]>;
  /** Both secrets of each connection, in Secrets Manager or in the second store. */
  secrets(): Promise<RoutedSecrets>;
  /** The settings of the deployed refresher, including the declared connections. */
  refresherSettings(): Promise<RefresherSettings>;
  /** Asks the refresher for a new token now. */
  refresh(connection: string): Promise<RefresherAnswer>;
  /** How Zoho's accounts servers are reached. */
  readonly accounts: AccountsConnection;
  /** Where a URL of Zoho is, for browsers and other tools: in the sandbox, on this machine. */
  readonly zohoUrl: (url: string) => string;
  /** ARN of the AWS principal that runs the command; undefined if it is not known. */
  principal(): Promise<string | undefined>;
  /** A new signal that aborts when an AWS call takes too long. */
  signal(): AbortSignal;
}

const AWS_TIMEOUT_MS = 20_000;
const ZOHO_TIMEOUT_MS = 15_000;

/** Opens a session. Throws {@link CliError} when the environment variables of the sandbox are not valid. */
export function openSession(runtime: Runtime, options: DeploymentOptions, effect: Effect): Session {
  const sandbox = openSandbox(runtime);
  const aws = createAwsClients({ ...options, endpoint: sandbox.awsEndpoint });
  const signal = () => runtime.clock.abortAfter(AWS_TIMEOUT_MS);
  const deployment = once(async () => {
    const found = await findDeployment(aws, choiceOf(runtime, options));
    warnOfOtherVersion(runtime.terminal, found);
    if (effect === 'changes') await announceChange(runtime, found, options.yes === true);
    return found;
  });
  const connections = once(async () => createConnectionTable(aws.dynamoDb, (await deployment()).tableName));
  const secrets = once(async () => openSecrets(aws, await deployment(), await connections(), signal));
  return {
    runtime,
    aws,
    deployment,
    connections,
    list: async () => scanConnections(aws.dynamoDb, (await deployment()).tableName),
    secrets,
    refresherSettings: once(async () => readRefresherSettings(aws.lambda, await deployment())),
    refresh: async (connection) =>
      requestRefresh(aws.lambda, (await deployment()).operatorTarget, connection),
    accounts: { timeoutMs: ZOHO_TIMEOUT_MS, clock: runtime.clock, fetch: sandbox.fetch },
    zohoUrl: sandbox.zohoUrl,
    principal: once(() => readCallerArn(aws.sts)),
    signal,
  };
}

function choiceOf({ environment }: Runtime, { deployment, profile }: DeploymentOptions) {
  return {
    name: deployment ?? (environment.ZOHO_DEPLOYMENT || undefined),
    profile: profile ?? (environment.AWS_PROFILE || undefined),
  };
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
