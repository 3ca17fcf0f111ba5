import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, type EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import { SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import { passDates, type ResponseDates } from '../adapters/response-dates.ts';

interface AwsClients {
  readonly dynamoDb: DynamoDBClient;
  readonly secretsManager: SecretsManagerClient;
  readonly eventBridge: EventBridgeClient;
  readonly sns: SNSClient;
  readonly kms: KMSClient;
}

/** Limits one attempt of one call, so that a silent network costs seconds and not the whole invocation. */
const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

const DEFAULTS = { maxAttempts: 3, requestHandler: TIMEOUTS } as const;

/**
 * DynamoDB answers in milliseconds, so another attempt helps sooner than a long timeout. A request on demand has time for
 * two attempts (`limit-waits.ts`), the schedule for all three.
 */
const DYNAMODB = {
  ...DEFAULTS,
  requestHandler: { ...TIMEOUTS, connectionTimeout: 1_000, requestTimeout: 2_000 },
} as const;

/** Announcements are best effort and notifications are published again, and a caller waits while they are sent. */
const BEST_EFFORT = {
  maxAttempts: 2,
  requestHandler: { ...TIMEOUTS, connectionTimeout: 1_000, requestTimeout: 2_000 },
} as const;

/** The AWS clients of the refresher, with short timeouts. */
export function createAwsClients(
  overrides: {
    dynamoDb?: DynamoDBClientConfig;
    secretsManager?: SecretsManagerClientConfig;
    eventBridge?: EventBridgeClientConfig;
    sns?: SNSClientConfig;
    kms?: KMSClientConfig;
  } = {},
): AwsClients {
  return {
    dynamoDb: new DynamoDBClient({ ...DYNAMODB, ...overrides.dynamoDb }),
    secretsManager: new SecretsManagerClient({ ...DEFAULTS, ...overrides.secretsManager }),
    eventBridge: new EventBridgeClient({ ...BEST_EFFORT, ...overrides.eventBridge }),
    sns: new SNSClient({ ...BEST_EFFORT, ...overrides.sns }),
    kms: new KMSClient({ ...DEFAULTS, ...overrides.kms }),
  };
}

/** The same clients, which also pass the date of each response. */
export function withDates(
  { dynamoDb, secretsManager, eventBridge, sns, kms }: AwsClients,
  dates: ResponseDates,
): AwsClients {
  return {
    dynamoDb: passingDates(dynamoDb, dates),
    secretsManager: passingDates(secretsManager, dates),
    eventBridge: passingDates(eventBridge, dates),
    sns: passingDates(sns, dates),
    kms: passingDates(kms, dates),
  };
}

/** By its `send`, not by its middleware: another refresher may use the same client with a clock of its own. */
function passingDates<Client extends object>(client: Client, dates: ResponseDates): Client {
  const { send } = client as { send: (...args: unknown[]) => unknown };
  return Object.assign(Object.create(client) as Client, {
    send: (command: { readonly middlewareStack: object }, ...others: unknown[]) => {
      passDates(command, dates);
      return send.call(client, command, ...others);
    },
  });
}
