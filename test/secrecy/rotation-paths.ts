import { ROTATED_REFRESH_TOKEN } from '../../sandbox/zoho/delivery.ts';
import type { CanaryConnection, Circumstances } from './canary-connection.ts';
import { type CanaryPath, path } from './path.ts';

/** Zoho sends a new refresh token, with and without the setting that stores it. */
export function pathsOfRotation(): CanaryPath[] {
  return [
    path('a new refresh token that is not stored', 'refreshed', (connection) => rotate(connection)),
    path('a new refresh token that is stored', 'refreshed', (connection) =>
      rotate(connection, accepting(connection)),
    ),
    path('a new refresh token, and Secrets Manager that quotes it', 'aws_unavailable', (connection) =>
      rotate(connection, {
        ...accepting(connection),
        ...connection.secretsManagerThatQuotes('PutSecretValue'),
      }),
    ),
    path('a new refresh token as the access token as well', 'unrecognized_response', (connection) => {
      connection.watchFor('new refresh token', ROTATED_REFRESH_TOKEN);
      const body = { access_token: ROTATED_REFRESH_TOKEN, refresh_token: ROTATED_REFRESH_TOKEN };
      return connection.ask({}, { ...accepting(connection), ...connection.zohoAnswers(body) });
    }),
    path('a new refresh token that is found after a refusal', 'invalid_code', async (connection) => {
      const { deployment, credentialsSecret, authorization } = connection;
      deployment.aws.secretsManager.faults.failNext({
        operation: 'UpdateSecretVersionStage',
        secret: credentialsSecret,
        error: 'InternalServiceError',
        message: connection.quote,
      });
      await rotate(connection, accepting(connection));
      deployment.zoho.revoke(authorization.refreshToken);
      await connection.ask({}, accepting(connection));
    }),
  ];
}

function accepting({ deployment }: CanaryConnection): Circumstances {
  return { config: { ...deployment.config, acceptRotatedRefreshTokens: true } };
}

async function rotate(connection: CanaryConnection, circumstances: Circumstances = {}): Promise<void> {
  const { deployment, authorization } = connection;
  connection.watchFor('new refresh token', ROTATED_REFRESH_TOKEN);
  deployment.zoho.injectFault({
    kind: 'rotated-refresh-token',
    refreshToken: authorization.refreshToken,
    calls: 1,
  });
  await connection.ask({}, circumstances);
}
