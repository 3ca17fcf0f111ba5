import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSClient } from '@aws-sdk/client-sns';
import { createClientSecrets } from '../adapters/client-secrets.ts';
import { createConnectionTable } from '../adapters/connection-table.ts';
import { createCredentialsSecrets } from '../adapters/credentials-secrets.ts';
import type { Pauses } from '../adapters/persist.ts';
import { createPowertoolsLog } from '../adapters/powertools-log.ts';
import { createSealedCredentials } from '../adapters/sealed/sealed-credentials.ts';
import { createSealer } from '../adapters/sealed/sealer.ts';
import { createTokenSecrets } from '../adapters/token-secrets.ts';
import { createZohoAccounts } from '../adapters/zoho-accounts.ts';
import { hasOwnMetrics } from '../core/connection/declared-connection.ts';
import type { SecretStores } from '../core/ports.ts';
import type { Random } from '../core/refresh/renewal-times.ts';
import { type ClockWitnesses, createCheckedClock, type OwnClock } from './adapters/checked-clock.ts';
import { createEmfMetrics } from './adapters/emf-metrics.ts';
import { createEventBus } from './adapters/event-bus.ts';
import { createFollowedTokens } from './adapters/followed-tokens.ts';
import { createNotificationTopics } from './adapters/notification-topics.ts';
import { createRotatedCredentials } from './adapters/rotated-credentials.ts';
import { createSealedRotations } from './adapters/sealed-rotations.ts';
import { createSealedTokens } from './adapters/sealed-tokens.ts';
import { withDates } from './aws-clients.ts';
import type { RefresherConfig } from './config.ts';
import { createHandler, type RefresherHandler } from './create-handler.ts';
import { fleetOf } from './fleet-config.ts';
import { createMemories } from './memories.ts';
import { createPaces } from './paces.ts';
import type { RefreshDependencies } from './refresh-context.ts';

/** The environment of one refresher: real in Lambda, simulated in the sandbox. */
export interface World {
  readonly config: RefresherConfig;
  /** The machine's clock. It is compared with the dates of the responses of AWS and Zoho, whose time counts if it is wrong. */
  readonly clock: OwnClock;
  readonly random: Random;
  /** Returns a unique name. */
  readonly newLeaseOwner: () => string;
  readonly aws: {
    readonly dynamoDb: DynamoDBClient;
    readonly secretsManager: SecretsManagerClient;
    readonly eventBridge: EventBridgeClient;
    readonly sns: SNSClient;
    /** Used in a fleet only. */
    readonly kms: KMSClient;
  };
  readonly fetch: typeof globalThis.fetch;
  readonly logger: Logger;
  /** Writes one line of CloudWatch's embedded metric format. */
  readonly writeMetricLine: (line: string) => void;
}

/** Composes the refresher. The same code runs in Lambda and in the sandbox; only the environment differs. */
export function composeRefresher(world: World): RefresherHandler {
  const { config, logger } = world;
  const dependencies = composeDependencies(world);
  const { elapsed } = dependencies.clock;
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return createHandler({ config, logger, paces: createPaces(config, { elapsed, wait }), dependencies });
}

/** The adapters of an environment. */
export function composeDependencies(world: World): RefreshDependencies {
  const { config, random, newLeaseOwner, logger } = world;
  const clock = createCheckedClock(world.clock);
  const aws = withDates(world.aws, clock);
  const fetch = comparingDates(world.fetch, clock);
  const memories = createMemories();
  const onThrottled = () => memories.publishes.recordThrottle(clock.elapsed());
  return {
    clock,
    random,
    newLeaseOwner,
    connections: createConnectionTable(aws.dynamoDb, config.tableName),
    credentials: createCredentialsSecrets(aws.secretsManager, config.secretPrefix),
    clients: createClientSecrets(aws.secretsManager, config.secretPrefix),
    rotatedCredentials: createRotatedCredentials(aws.secretsManager, config.secretPrefix),
    tokenEndpoint: createZohoAccounts({ timeoutMs: config.zohoTimeoutSeconds * 1000, clock, fetch }),
    tokens: createTokenSecrets(aws.secretsManager, config.secretPrefix, { clock, random, onThrottled }),
    followedTokens: createFollowedTokens(aws.secretsManager),
    sealed: composeSealed(aws, config, { clock, random }),
    ...memories,
    metrics: createEmfMetrics({
      secretPrefix: config.secretPrefix,
      hasOwnMetrics: (connection) => hasOwnMetrics(config, connection),
      routineMetrics: config.routineMetrics,
      clock,
      writeLine: world.writeMetricLine,
    }),
    stateChanges: createEventBus(aws.eventBridge, config.secretPrefix),
    notifier: createNotificationTopics({ client: aws.sns, topicArns: config, clock }),
    log: createPowertoolsLog(logger),
  };
}

/** The second store, in a fleet. */
function composeSealed(
  { dynamoDb, kms }: Pick<World['aws'], 'dynamoDb' | 'kms'>,
  config: RefresherConfig,
  pauses: Pauses,
): SecretStores | undefined {
  const fleet = fleetOf(config);
  if (fleet === undefined) return undefined;
  const { tokensTableName, credentialsTableName, encryptionKeyArn: keyArn } = fleet;
  const sealer = createSealer(kms, { keyArn, secretPrefix: config.secretPrefix });
  const credentials = createSealedCredentials(dynamoDb, { tableName: credentialsTableName, sealer });
  return {
    credentials,
    rotatedCredentials: createSealedRotations(credentials),
    tokens: createSealedTokens(dynamoDb, { tableName: tokensTableName, sealer, pauses }),
  };
}

/** Compares the clock with the date of each answer of Zoho. */
function comparingDates(fetch: World['fetch'], clock: ClockWitnesses): World['fetch'] {
  return async (...request) => {
    const sentAtMs = clock.elapsed();
    const response = await fetch(...request);
    clock.compare(response.headers.get('date') ?? undefined, sentAtMs);
    return response;
  };
}
