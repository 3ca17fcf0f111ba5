import { type Clock, orCloseFirst } from './aws-endpoint.ts';
import { type AwsClientConfig, clientConfigFor } from './client-config.ts';
import { type DynamoDbStandIn, startDynamoDb } from './dynamodb.ts';
import { type SecretsManagerStandIn, startSecretsManager } from './secrets-manager.ts';

/** The services that the sandbox stands in for. */
export type EmbeddedService = 'dynamodb' | 'secretsmanager';

/** The AWS of the sandbox: DynamoDB with the connections table, and Secrets Manager. */
export interface EmbeddedAws {
  readonly dynamoDbEndpoint: string;
  readonly secretsManagerEndpoint: string;
  readonly tableName: string;
  readonly dynamoDb: DynamoDbStandIn;
  readonly secretsManager: SecretsManagerStandIn;
  /** For the constructor of an SDK client. */
  clientConfig(service: EmbeddedService): AwsClientConfig;
  /** Stops both at once; open connections are cut. */
  close(): Promise<void>;
}

/** How to start it. Ports are any free ones by default. */
export interface EmbeddedAwsOptions {
  readonly clock: Clock;
  readonly tableName?: string;
  readonly dynamoDbPort?: number;
  readonly secretsManagerPort?: number;
}

/** Starts both services on loopback. */
export async function startEmbeddedAws(options: EmbeddedAwsOptions): Promise<EmbeddedAws> {
  const { clock, tableName, dynamoDbPort, secretsManagerPort } = options;
  const secretsManager = await startSecretsManager({ clock, port: secretsManagerPort });
  const dynamoDb = await orCloseFirst(
    startDynamoDb({ clock, tableName, port: dynamoDbPort }),
    secretsManager,
  );
  const endpoints = { dynamodb: dynamoDb.endpoint, secretsmanager: secretsManager.endpoint };

  return {
    dynamoDbEndpoint: dynamoDb.endpoint,
    secretsManagerEndpoint: secretsManager.endpoint,
    tableName: dynamoDb.tableName,
    dynamoDb,
    secretsManager,
    clientConfig: (service) => clientConfigFor(endpoints[service]),
    close: async () => {
      await Promise.all([dynamoDb.close(), secretsManager.close()]);
    },
  };
}
