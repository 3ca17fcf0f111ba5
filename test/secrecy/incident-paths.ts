import type { CanaryConnection } from './canary-connection.ts';
import { type CanaryPath, path } from './path.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** Problems of which on-call is notified, from the beginning to the end. Each needs a sandbox of its own. */
export function pathsOfIncidents(): CanaryPath[] {
  return [
    path('a blocked connection, and SNS that repeats what it was sent', 'blocked', async (connection) => {
      const { sns } = connection.deployment.aws;
      await connection.tick();
      sns.faults.failNext({
        operation: 'Publish',
        error: 'ThrottlingException',
        message: connection.quote,
      });
      connection.putCredentials({ data_center: connection.quote });
      await connection.ask();
      await later(connection, 1);
      connection.putCredentials();
      await connection.ask();
    }),
    path('a declared scope that Zoho did not grant', 'refreshed', async (connection) => {
      const token = `1000.${'5e'.repeat(16)}.${'c7'.repeat(16)}`;
      const body = { access_token: token, expires_in: 3600, scope: 'Desk.tickets.ALL' };
      await connection.ask({}, connection.zohoAnswers({ ...body, message: connection.quote }));
      await connection.ask();
    }),
    path('fresh tokens that consumers reject', 'budget-exhausted', async (connection) => {
      await connection.tick();
      for (let minute = 0; minute < 20; minute += 1) {
        const { generation: rejectedGeneration = 0 } = connection.deployment.readToken(connection.name) ?? {};
        await connection.ask({ reason: 'unauthorized', rejectedGeneration });
        connection.deployment.clock.advance(MINUTE_MS);
      }
      for (const minutes of [55, 55]) await later(connection, minutes);
    }),
    path('a connection that is not authorized for a day', 'no_credentials', async (connection) => {
      const { store } = connection.deployment.aws.secretsManager;
      store.deleteNow(connection.credentialsSecret);
      await connection.tick();
      await later(connection, DAY_MINUTES);
      connection.putCredentials();
      await connection.ask();
    }),
    path('an expired token, and a Zoho that repeats the request', 'server_error', async (connection) => {
      const handler = connection.compose(connection.zohoAnswers(connection.quote, { status: 502 }));
      await connection.tick();
      for (const minutes of [58, 10, 30, 30]) {
        connection.deployment.clock.advance(minutes * MINUTE_MS);
        await connection.tick({ handler });
      }
      await later(connection, 20);
    }),
    path('a shared client that Zoho refuses', 'invalid_client_secret', async (connection) => {
      const { deployment, name, authorization } = connection;
      const { clientId: client_id, clientSecret: client_secret } = authorization;
      const client = { client_id, client_secret, data_center: 'eu' };
      deployment.putClient(name, { ...client, client_secret: 'f'.repeat(42), note: connection.quote });
      connection.putCredentials({ client: name, client_id: undefined, client_secret: undefined });
      await connection.tick();
      await later(connection, 1);
      deployment.putClient(name, client);
      for (const minutes of [5, 1]) await later(connection, minutes);
    }),
    path('a row that was lost', 'refreshed', async (connection) => {
      await connection.tick();
      await connection.deleteRow();
      await connection.tick();
      await later(connection, 55);
    }),
  ];
}

async function later(connection: CanaryConnection, minutes: number): Promise<void> {
  connection.deployment.clock.advance(minutes * MINUTE_MS);
  await connection.tick();
}
