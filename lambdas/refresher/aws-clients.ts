import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';

/** Bounds one attempt of one call, so that a silent network costs seconds, not the whole invocation. */
const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

const DEFAULTS = { maxAttempts: 3, requestHandler: TIMEOUTS } as const;

/** The AWS clients of the refresher, with bounded waiting. */
export function createAwsClients(
  overrides: { dynamoDb?: DynamoDBClientConfig; secretsManager?: SecretsManagerClientConfig } = {},
) {
  return {
    dynamoDb: new DynamoDBClient({ ...DEFAULTS, ...overrides.dynamoDb }),
    secretsManager: new SecretsManagerClient({ ...DEFAULTS, ...overrides.secretsManager }),
  };
}
