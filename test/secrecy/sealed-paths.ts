import { Redacted } from '../../lambdas/core/redacted.ts';
import { fleetKnobs, sealedCredentialsOf } from '../support/fleet-deployment.ts';
import type { CanaryConnection, Circumstances } from './canary-connection.ts';
import { type CanaryPath, path } from './path.ts';

/** A connection whose token and credentials are sealed in DynamoDB. */
export function pathsOfTheSecondStore(): CanaryPath[] {
  return [
    path('a token that is sealed in DynamoDB', 'refreshed', async (connection) => {
      await connection.ask({}, await sealed(connection));
    }),
    path('a token whose document is too large to be sealed', 'too_large_to_seal', async (connection) => {
      const accessToken = `1000.${'a1b2c3d4'.repeat(600)}.e5f6a7b8`;
      connection.watchFor('long access token', accessToken);
      const body = { access_token: accessToken, expires_in: 3600 };
      await connection.ask({}, { ...(await sealed(connection)), ...connection.zohoAnswers(body) });
    }),
    path('a KMS that quotes what it was sent', 'aws_unavailable', async (connection) => {
      const { kms } = connection.deployment.aws;
      const fleet = await sealed(connection);
      kms.faults.failNext({
        operation: 'Decrypt',
        error: 'InternalServiceError',
        message: connection.quote,
      });
      await connection.ask({}, fleet);
    }),
  ];
}

/** Puts the credentials into the second store, and says so in the row. */
async function sealed(connection: CanaryConnection): Promise<Circumstances> {
  const { deployment, name, authorization } = connection;
  const { clientId, clientSecret, refreshToken } = authorization;
  const credentials = {
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    data_center: 'eu',
  };
  await connection.withoutRecording(async () => {
    await sealedCredentialsOf(deployment).write(
      {
        connection: name,
        versionId: 'sealed'.padEnd(32, '-'),
        text: new Redacted(JSON.stringify(credentials)),
        seenVersionId: undefined,
      },
      new AbortController().signal,
    );
  });
  await connection.ask();
  await connection.changeRow({ store: { S: 'dynamodb' } });
  return { config: { ...deployment.config, ...fleetKnobs() } };
}
