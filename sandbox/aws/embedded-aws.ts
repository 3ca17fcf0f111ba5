import type { Clock } from './aws-endpoint.ts';
import { type AwsClientConfig, clientConfigFor } from './client-config.ts';
import { type DynamoDbStandIn, startDynamoDb } from './dynamodb.ts';
import { type DeliveredEvent, type EventBridgeStandIn, startEventBridge } from './event-bridge.ts';
import { type KmsStandIn, startKms } from './kms.ts';
import { FUNCTION } from './secret-permissions.ts';
import { type SecretsManagerStandIn, startSecretsManager } from './secrets-manager.ts';
import { type PublishedMessage, type SnsStandIn, startSns } from './sns.ts';

/** The key of the deployment's secrets. */
export const KEY_ARN = 'arn:aws:kms:eu-west-1:000000000000:key/5b7e9d1c-2f3a-4c6d-8e0f-1a2b3c4d5e6f';

/** The services that the sandbox stands in for. */
export type EmbeddedService = 'dynamodb' | 'secretsmanager' | 'events' | 'sns' | 'kms';

/** The AWS of the sandbox: DynamoDB with the tables, Secrets Manager, EventBridge's default bus, SNS, and KMS with one key. */
export interface EmbeddedAws {
  readonly endpoints: Readonly<Record<EmbeddedService, string>>;
  readonly tableName: string;
  readonly dynamoDb: DynamoDbStandIn;
  readonly secretsManager: SecretsManagerStandIn;
  readonly eventBridge: EventBridgeStandIn;
  readonly sns: SnsStandIn;
  readonly kms: KmsStandIn;
  /** For the constructor of an SDK client of an operator. */
  clientConfig(service: EmbeddedService): AwsClientConfig;
  /** The same for the refresher and for consumers: they have the permissions of a Lambda function. */
  functionConfig(service: EmbeddedService): AwsClientConfig;
  /** Stops everything at once and cuts open connections. */
  close(): Promise<void>;
}

/** Starts the services on loopback. */
export async function startEmbeddedAws({
  clock,
  tableName,
  onEvent,
  topics = [],
  onMessage,
}: {
  readonly clock: Clock;
  readonly tableName?: string | undefined;
  /** Called with each event on the bus as it arrives. */
  readonly onEvent?: ((event: DeliveredEvent) => void) | undefined;
  /** Names of the topics. @default none */
  readonly topics?: readonly string[];
  /** Called with each message as it is published to a topic. */
  readonly onMessage?: ((message: PublishedMessage) => void) | undefined;
}): Promise<EmbeddedAws> {
  const secretsManager = await startSecretsManager({ clock });
  const [kms, dynamoDb, eventBridge, sns] = await Promise.all([
    startKms({ clock, keyArn: KEY_ARN, keys: secretsManager.store.keys }),
    startDynamoDb({ clock, tableName }),
    startEventBridge({ clock, onEvent }),
    startSns({ clock, topics, onMessage }),
  ]);
  const endpoints = {
    dynamodb: dynamoDb.endpoint,
    secretsmanager: secretsManager.endpoint,
    events: eventBridge.endpoint,
    sns: sns.endpoint,
    kms: kms.endpoint,
  };

  return {
    endpoints,
    tableName: dynamoDb.tableName,
    dynamoDb,
    secretsManager,
    eventBridge,
    sns,
    kms,
    clientConfig: (service) => clientConfigFor(endpoints[service]),
    functionConfig: (service) => clientConfigFor(endpoints[service], FUNCTION),
    close: async () => {
      const services = [dynamoDb, secretsManager, eventBridge, sns, kms];
      await Promise.all(services.map((service) => service.close()));
    },
  };
}
