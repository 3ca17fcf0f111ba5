import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSClient } from '@aws-sdk/client-sns';
import pThrottle from 'p-throttle';
import { createClientSecrets } from '../adapters/client-secrets.ts';
import { createConnectionTable } from '../adapters/connection-table.ts';
import { createCredentialsSecrets } from '../adapters/credentials-secrets.ts';
import { createPowertoolsLog } from '../adapters/powertools-log.ts';
import { createTokenSecrets } from '../adapters/token-secrets.ts';
import { createZohoAccounts } from '../adapters/zoho-accounts.ts';
import { hasOwnMetrics } from '../core/connection/declared-connection.ts';
import type { Random } from '../core/refresh/renewal-times.ts';
import { type ClockWitnesses, createCheckedClock, type OwnClock } from './adapters/checked-clock.ts';
import { createEmfMetrics } from './adapters/emf-metrics.ts';
import { createEventBus } from './adapters/event-bus.ts';
import { createFollowedTokens } from './adapters/followed-tokens.ts';
import { createNotificationTopics } from './adapters/notification-topics.ts';
import { createRotatedCredentials } from './adapters/rotated-credentials.ts';
import { withDates } from './aws-clients.ts';
import type { RefresherConfig } from './config.ts';
import { createHandler, type RefresherHandler } from './create-handler.ts';
import { createMemories } from './memories.ts';
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
  };
  readonly fetch: typeof globalThis.fetch;
  readonly logger: Logger;
  /** Writes one line of CloudWatch's embedded metric format. */
  readonly writeMetricLine: (line: string) => void;
}

/** Composes the refresher. The same code runs in Lambda and in the sandbox; only the environment differs. */
export function composeRefresher(world: World): RefresherHandler {
  const { config, logger } = world;
  return createHandler({
    config,
    logger,
    pace: paceOf(config.maxRefreshesPerSecond),
    paceLooks: paceOf(LOOKS_PER_SECOND),
    dependencies: composeDependencies(world),
  });
}

/** 600 in a tick: enough to look at 3,000 blocked connections every five minutes. */
const LOOKS_PER_SECOND = 10;

function paceOf(limit: number): () => Promise<void> {
  return pThrottle({ limit, interval: 1000 })(() => Promise.resolve());
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
    ...memories,
    metrics: createEmfMetrics({
      secretPrefix: config.secretPrefix,
      hasOwnMetrics: (connection) => hasOwnMetrics(config, connection),
      clock,
      writeLine: world.writeMetricLine,
    }),
    stateChanges: createEventBus(aws.eventBridge, config.secretPrefix),
    notifier: createNotificationTopics({ client: aws.sns, topicArns: config, clock }),
    log: createPowertoolsLog(logger),
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
