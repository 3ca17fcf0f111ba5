import { type Clock, orCloseFirst } from './aws-endpoint.ts';
import { type AwsClientConfig, clientConfigFor } from './client-config.ts';
import { type DynamoDbStandIn, startDynamoDb } from './dynamodb.ts';
import { type DeliveredEvent, type EventBridgeStandIn, startEventBridge } from './event-bridge.ts';
import { type SecretsManagerStandIn, startSecretsManager } from './secrets-manager.ts';

/** The services that the sandbox stands in for. */
export type EmbeddedService = 'dynamodb' | 'secretsmanager' | 'events';

/** The AWS of the sandbox: DynamoDB with the connections table, Secrets Manager, and EventBridge's default bus. */
export interface EmbeddedAws {
  readonly dynamoDbEndpoint: string;
  readonly secretsManagerEndpoint: string;
  readonly eventBridgeEndpoint: string;
  readonly tableName: string;
  readonly dynamoDb: DynamoDbStandIn;
  readonly secretsManager: SecretsManagerStandIn;
  readonly eventBridge: EventBridgeStandIn;
  /** For the constructor of an SDK client. */
  clientConfig(service: EmbeddedService): AwsClientConfig;
  /** Stops all at once; open connections are cut. */
  close(): Promise<void>;
}

/** How to start it. Ports are any free ones by default. */
export interface EmbeddedAwsOptions {
  readonly clock: Clock;
  readonly tableName?: string;
  readonly dynamoDbPort?: number;
  readonly secretsManagerPort?: number;
  /** Told of each event on the bus as it comes. */
  readonly onEvent?: ((event: DeliveredEvent) => void) | undefined;
}

/** Starts the services on loopback. */
export async function startEmbeddedAws(options: EmbeddedAwsOptions): Promise<EmbeddedAws> {
  const { clock, tableName, dynamoDbPort, secretsManagerPort, onEvent } = options;
  const secretsManager = await startSecretsManager({ clock, port: secretsManagerPort });
  const dynamoDb = await orCloseFirst(
    startDynamoDb({ clock, tableName, port: dynamoDbPort }),
    secretsManager,
  );
  const eventBridge = await orCloseFirst(startEventBridge({ clock, onEvent }), {
    close: async () => {
      await Promise.all([dynamoDb.close(), secretsManager.close()]);
    },
  });
  const endpoints = {
    dynamodb: dynamoDb.endpoint,
    secretsmanager: secretsManager.endpoint,
    events: eventBridge.endpoint,
  };

  return {
    dynamoDbEndpoint: dynamoDb.endpoint,
    secretsManagerEndpoint: secretsManager.endpoint,
    eventBridgeEndpoint: eventBridge.endpoint,
    tableName: dynamoDb.tableName,
    dynamoDb,
    secretsManager,
    eventBridge,
    clientConfig: (service) => clientConfigFor(endpoints[service]),
    close: async () => {
      await Promise.all([dynamoDb.close(), secretsManager.close(), eventBridge.close()]);
    },
  };
}
