import { type AwsFaultCode, awsFault } from '../../sandbox/aws/aws-error.ts';
import type { SecretsManagerOperation } from '../../sandbox/aws/secret-requests.ts';
import { type CanaryPath, path } from './path.ts';

/** Errors of Secrets Manager and DynamoDB, all of which quote the credentials. */
export function pathsOfAwsErrors(): CanaryPath[] {
  return [
    secretsManager('denies a read', 'aws_access_denied', 'credentialsSecret', {
      operation: 'GetSecretValue',
      error: 'AccessDeniedException',
    }),
    secretsManager('may not decrypt', 'aws_kms_denied', 'credentialsSecret', {
      operation: 'GetSecretValue',
      error: 'DecryptionFailure',
    }),
    secretsManager('may not encrypt', 'aws_kms_denied', 'tokenSecret', {
      operation: 'PutSecretValue',
      error: 'EncryptionFailure',
    }),
    secretsManager('throttles a put', 'aws_throttled', 'tokenSecret', {
      operation: 'PutSecretValue',
      error: 'ThrottlingException',
    }),
    secretsManager('takes a put and fails', 'refreshed', 'tokenSecret', {
      operation: 'PutSecretValue',
      error: 'InternalServiceError',
      afterEffect: true,
    }),
    secretsManager('does not move a label', 'aws_unavailable', 'tokenSecret', {
      operation: 'UpdateSecretVersionStage',
      error: 'InternalServiceError',
    }),
    secretsManager('is about to delete a secret', 'secret_being_deleted', 'tokenSecret', {
      operation: 'PutSecretValue',
      error: 'InvalidRequestException',
    }),
    path('a credentials secret that does not exist', 'aws_not_found', async (stage) => {
      stage.deployment.aws.secretsManager.store.deleteNow(stage.credentialsSecret);
      await stage.ask();
    }),
    path('a row that cannot be read', 'malformed_row', async (stage) => {
      await stage.changeRow({
        status: { S: stage.authorization.refreshToken },
        generation: { S: stage.quote },
      });
      await stage.ask();
      await stage.deleteRow();
    }),
    path('DynamoDB that denies the read of a row', 'aws_access_denied', async (stage) => {
      stage.deployment.aws.dynamoDb.faults.failNext({
        operation: 'GetItem',
        connection: stage.connection,
        error: 'AccessDeniedException',
        message: stage.quote,
      });
      await stage.ask();
    }),
    path('DynamoDB that throttles a lease', 'aws_throttled', async (stage) => {
      await stage.ask();
      stage.deployment.aws.dynamoDb.faults.failNext({
        operation: 'UpdateItem',
        connection: stage.connection,
        error: 'ProvisionedThroughputExceededException',
        message: stage.quote,
      });
      await stage.ask();
    }),
    path('DynamoDB that refuses a commit', 'aws_unavailable', async (stage) => {
      const held = stage.deployment.zoho.holdNextCall();
      const answer = stage.ask();
      await held.received;
      const target = { operation: 'UpdateItem', connection: stage.connection } as const;
      const lift = stage.deployment.aws.dynamoDb.faults.deny(
        target,
        awsFault('InternalServerError', stage.quote),
      );
      held.release();
      await answer;
      lift();
    }),
  ];
}

/** What Secrets Manager itself could repeat of what it was told. */
export function pathsOfAwsEchoes(): CanaryPath[] {
  return [
    path('an error of Secrets Manager that quotes the token it was given', 'aws_unavailable', (stage) =>
      stage.ask({}, stage.secretsManagerThatQuotes('PutSecretValue')),
    ),
    path('an error of Secrets Manager that quotes what it was asked for', 'aws_unavailable', (stage) =>
      stage.ask({}, stage.secretsManagerThatQuotes('GetSecretValue')),
    ),
    path(
      'an answer of Secrets Manager that is no JSON and holds the credentials',
      'aws_unavailable',
      (stage) => stage.ask({}, stage.secretsManagerWithGarbledAnswers()),
    ),
  ];
}

/** What stands in a token secret beside what the refresher writes. */
export function pathsOfTokenSecrets(): CanaryPath[] {
  return [
    path(
      'a token secret that somebody has overwritten with the refresh token',
      'refreshed',
      async (stage) => {
        await stage.ask();
        stage.putTokenSecret(stage.authorization.refreshToken);
        await stage.ask();
      },
    ),
    path('a token secret with a higher generation', 'superseded', async (stage) => {
      stage.putTokenSecret(
        JSON.stringify({ generation: 40, access_token: stage.authorization.clientSecret }),
      );
      await stage.ask();
    }),
  ];
}

/** Secrets Manager refuses one operation, once. */
function secretsManager(
  name: string,
  reaches: CanaryPath['reaches'],
  which: 'credentialsSecret' | 'tokenSecret',
  fault: {
    readonly operation: SecretsManagerOperation;
    readonly error: AwsFaultCode;
    readonly afterEffect?: boolean;
  },
): CanaryPath {
  return path(`Secrets Manager that ${name}`, reaches, async (stage) => {
    if (fault.operation === 'UpdateSecretVersionStage') await stage.ask();
    const message = `You can't do this to a secret that was marked for deletion. ${stage.quote}`;
    stage.deployment.aws.secretsManager.faults.failNext({ ...fault, secret: stage[which], message });
    await stage.ask();
  });
}
