import { MOST_TRIES } from '../../lambdas/adapters/persist.ts';
import { type AwsFaultCode, awsFault } from '../../sandbox/aws/aws-error.ts';
import type { SecretsManagerOperation } from '../../sandbox/aws/secret-requests.ts';
import { type CanaryPath, path } from './path.ts';

type Reaches = CanaryPath['reaches'];

/** Faults of Secrets Manager: what it does, how the refresh ends, in which call, and with which error. */
const FAULTS: readonly (readonly [string, Reaches, SecretsManagerOperation, AwsFaultCode])[] = [
  ['denies a read', 'aws_access_denied', 'GetSecretValue', 'AccessDeniedException'],
  ['cannot find a secret', 'aws_not_found', 'GetSecretValue', 'ResourceNotFoundException'],
  ['may not decrypt', 'aws_kms_denied', 'GetSecretValue', 'DecryptionFailure'],
  ['may not encrypt', 'aws_kms_denied', 'PutSecretValue', 'EncryptionFailure'],
  ['throttles a put', 'aws_throttled', 'PutSecretValue', 'ThrottlingException'],
  ['fails after a put', 'refreshed', 'PutSecretValue', 'InternalServiceError'],
  ['does not move a label', 'aws_unavailable', 'UpdateSecretVersionStage', 'InternalServiceError'],
  ['is about to delete a secret', 'secret_being_deleted', 'PutSecretValue', 'InvalidRequestException'],
];

/** Errors of Secrets Manager and DynamoDB that quote the credentials. */
export function pathsOfAwsErrors(): CanaryPath[] {
  return [
    ...FAULTS.map(secretsManager),
    path('a credentials secret that does not exist any more', 'aws_access_denied', async (connection) => {
      await connection.ask();
      connection.deployment.aws.secretsManager.store.deleteNow(connection.credentialsSecret);
      await connection.ask();
    }),
    path('a row that cannot be read', 'malformed_row', async (connection) => {
      await connection.changeRow({
        status: { S: connection.authorization.refreshToken },
        generation: { S: connection.quote },
      });
      await connection.ask();
      await connection.deleteRow();
    }),
    path('DynamoDB that denies the read of a row', 'aws_access_denied', async (connection) => {
      connection.deployment.aws.dynamoDb.faults.failNext({
        operation: 'GetItem',
        connection: connection.name,
        error: 'AccessDeniedException',
        message: connection.quote,
      });
      await connection.ask();
    }),
    path('DynamoDB that throttles a lease', 'aws_throttled', async (connection) => {
      await connection.ask();
      connection.deployment.aws.dynamoDb.faults.failNext({
        operation: 'UpdateItem',
        connection: connection.name,
        error: 'ProvisionedThroughputExceededException',
        message: connection.quote,
      });
      await connection.ask();
    }),
    path('DynamoDB that refuses a commit', 'aws_unavailable', async (connection) => {
      const held = connection.deployment.zoho.holdNextCall();
      const answer = connection.ask();
      await held.received;
      const target = { operation: 'UpdateItem', connection: connection.name } as const;
      const lift = connection.deployment.aws.dynamoDb.faults.deny(
        target,
        awsFault('InternalServerError', connection.quote),
      );
      held.release();
      await answer;
      lift();
    }),
  ];
}

/** Answers of Secrets Manager that could repeat a request. */
export function pathsOfAwsEchoes(): CanaryPath[] {
  return [
    path('an error of Secrets Manager that quotes the token', 'aws_unavailable', (connection) =>
      connection.ask({}, connection.secretsManagerThatQuotes('PutSecretValue')),
    ),
    path('an error of Secrets Manager that quotes the read request', 'failed', (connection) =>
      connection.ask({}, connection.secretsManagerThatQuotes('GetSecretValue')),
    ),
    path('an answer of Secrets Manager that is invalid JSON with the credentials', 'failed', (connection) =>
      connection.ask({}, connection.secretsManagerWithGarbledAnswers()),
    ),
  ];
}

/** Token secrets that were changed by hand. */
export function pathsOfTokenSecrets(): CanaryPath[] {
  return [
    path('a token secret overwritten with the refresh token', 'refreshed', async (connection) => {
      await connection.ask();
      connection.putTokenSecret(connection.authorization.refreshToken);
      await connection.ask();
    }),
    path('a token secret with a higher generation', 'superseded', async (connection) => {
      await connection.ask();
      connection.putTokenSecret(
        JSON.stringify({ generation: 40, access_token: connection.authorization.clientSecret }),
      );
      await connection.ask();
    }),
  ];
}

/** Secrets Manager fails one operation, as often as it is tried. */
function secretsManager([what, reaches, operation, error]: (typeof FAULTS)[number]): CanaryPath {
  return path(`Secrets Manager that ${what}`, reaches, async (connection) => {
    // Before the first token, a credentials secret that cannot be read is not a failure.
    const needsToken = operation === 'UpdateSecretVersionStage' || operation === 'GetSecretValue';
    if (needsToken) await connection.ask();
    connection.deployment.aws.secretsManager.faults.failNext({
      operation,
      error,
      afterEffect: reaches === 'refreshed',
      times: reaches === 'refreshed' ? 1 : MOST_TRIES,
      secret: operation === 'GetSecretValue' ? connection.credentialsSecret : connection.tokenSecret,
      message: `You can't do this to a secret that was marked for deletion. ${connection.quote}`,
    });
    await connection.ask();
  });
}
