import type { Clock } from './aws-endpoint.ts';
import { type AwsClientConfig, clientConfigFor } from './client-config.ts';
import { type DynamoDbStandIn, startDynamoDb } from './dynamodb.ts';
import { type DeliveredEvent, type EventBridgeStandIn, startEventBridge } from './event-bridge.ts';
import { FUNCTION } from './secret-permissions.ts';
import { type SecretsManagerStandIn, startSecretsManager } from './secrets-manager.ts';

/** The services that the sandbox stands in for. */
export type EmbeddedService = 'dynamodb' | 'secretsmanager' | 'events';

/** The AWS of the sandbox: DynamoDB with the connections table, Secrets Manager, and EventBridge's default bus. */
export interface EmbeddedAws {
  readonly endpoints: Readonly<Record<EmbeddedService, string>>;
  readonly tableName: string;
  readonly dynamoDb: DynamoDbStandIn;
  readonly secretsManager: SecretsManagerStandIn;
  readonly eventBridge: EventBridgeStandIn;
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
}: {
  readonly clock: Clock;
  readonly tableName?: string | undefined;
  /** Called with each event on the bus as it arrives. */
  readonly onEvent?: ((event: DeliveredEvent) => void) | undefined;
}): Promise<EmbeddedAws> {
  const [secretsManager, dynamoDb, eventBridge] = await Promise.all([
    startSecretsManager({ clock }),
    startDynamoDb({ clock, tableName }),
    startEventBridge({ clock, onEvent }),
  ]);
  const endpoints = {
    dynamodb: dynamoDb.endpoint,
    secretsmanager: secretsManager.endpoint,
    events: eventBridge.endpoint,
  };

  return {
    endpoints,
    tableName: dynamoDb.tableName,
    dynamoDb,
    secretsManager,
    eventBridge,
    clientConfig: (service) => clientConfigFor(endpoints[service]),
    functionConfig: (service) => clientConfigFor(endpoints[service], FUNCTION),
    close: async () => {
      await Promise.all([dynamoDb.close(), secretsManager.close(), eventBridge.close()]);
    },
  };
}
