import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

/** The AWS clients of ConsentApi. */
export interface ConsentAwsClients {
  readonly dynamoDb: DynamoDBClient;
  readonly secretsManager: SecretsManagerClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly eventBridge: EventBridgeClient;
}

/** A visitor waits, and API Gateway for 30 s at most. */
const DEFAULTS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
} as const;

/** One attempt: the refresh goes on, and an event is best effort. */
const ONCE = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 6_000, throwOnRequestTimeout: true },
} as const;

/** The clients, with short timeouts. */
export function createConsentAwsClients(
  overrides: {
    readonly dynamoDb?: DynamoDBClientConfig;
    readonly secretsManager?: SecretsManagerClientConfig;
    readonly kms?: KMSClientConfig;
    readonly lambda?: LambdaClientConfig;
    readonly eventBridge?: EventBridgeClientConfig;
  } = {},
): ConsentAwsClients {
  return {
    dynamoDb: new DynamoDBClient({ ...DEFAULTS, ...overrides.dynamoDb }),
    secretsManager: new SecretsManagerClient({ ...DEFAULTS, ...overrides.secretsManager }),
    kms: new KMSClient({ ...DEFAULTS, ...overrides.kms }),
    lambda: new LambdaClient({ ...ONCE, ...overrides.lambda }),
    eventBridge: new EventBridgeClient({ ...ONCE, ...overrides.eventBridge }),
  };
}
