import type { Authorization } from '../../sandbox/deployment/local-deployment.ts';
import { pathsOfAwsEchoes, pathsOfAwsErrors, pathsOfTokenSecrets } from './aws-paths.ts';
import type { CanaryConnection, Circumstances } from './canary-connection.ts';
import { pathsOfFollowing } from './follow-paths.ts';
import { pathsOfIncidents } from './incident-paths.ts';
import { type CanaryPath, path } from './path.ts';
import { pathsOfRotation } from './rotation-paths.ts';
import { pathsOfTheSecondStore } from './sealed-paths.ts';
import { pathsOfAnswers, pathsOfCredentials, pathsOfEchoes } from './zoho-paths.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Paths that look at no other row, so that they share a deployment. */
export const PATHS_ON_DEMAND: readonly CanaryPath[] = [
  ...outcomes(),
  ...pathsOfCredentials(),
  ...pathsOfAnswers(),
  ...pathsOfEchoes(),
  ...pathsOfRotation(),
  ...pathsOfAwsErrors(),
  ...pathsOfAwsEchoes(),
  ...pathsOfTokenSecrets(),
  ...pathsOfTheSecondStore(),
  ...bugs(),
  ...events(),
];

/** What happens in a tick, to all that is due: each needs a sandbox of its own. */
export const PATHS_OF_TICKS: readonly CanaryPath[] = [
  ...pathsOfFollowing(),
  ...pathsOfIncidents(),
  path('the first token and its renewal on schedule', 'refreshed', async (connection) => {
    await connection.tick();
    connection.deployment.clock.advance(10 * MINUTE_MS);
    await connection.tick();
    connection.deployment.clock.advance(44 * MINUTE_MS);
    await connection.tick();
  }),
  path('credentials that do not exist yet', 'no_credentials', async (connection) => {
    const { store } = connection.deployment.aws.secretsManager;
    store.deleteNow(connection.credentialsSecret);
    store.create({ name: connection.credentialsSecret });
    await connection.tick();
  }),
  path('a connection that is no longer declared', 'undeclared', async (connection) => {
    await connection.tick();
    connection.deployment.clock.advance(54 * MINUTE_MS);
    await connection.tick({ config: { ...connection.deployment.config, declaredConnections: {} } });
  }),
  path('a refused refresh token that is checked and tried again', 'invalid_code', async (connection) => {
    connection.deployment.zoho.revoke(connection.authorization.refreshToken);
    for (const minutes of [0, 5, 60]) {
      connection.deployment.clock.advance(minutes * MINUTE_MS);
      await connection.tick();
    }
  }),
  path('a lease that ran out before Zoho was asked', 'lease_expired', async (connection) => {
    const { clock, aws } = connection.deployment;
    // A process that was paused continues before its timers fire.
    const withoutTimers = { now: () => clock.now(), abortAfter: () => new AbortController().signal };
    await connection.tick();
    clock.advance(54 * MINUTE_MS);
    const read = { operation: 'GetSecretValue', secret: connection.credentialsSecret } as const;
    const hold = aws.secretsManager.faults.hangNext(read);
    const ticked = connection.tick({ clock: withoutTimers });
    await hold.reached;
    clock.advance(71 * SECOND_MS);
    hold.release();
    await ticked;
  }),
  path('a bug in one connection', 'internal_error', async (connection) => {
    await connection.tick();
    connection.deployment.clock.advance(54 * MINUTE_MS);
    await connection.tick({ newLeaseOwner: () => fail(connection) });
  }),
  path('a row that holds credentials and cannot be read', 'malformed_row', async (connection) => {
    const { refreshToken, clientSecret } = connection.authorization;
    const texts = { status: { S: refreshToken }, source: { S: clientSecret }, scope: { N: '7' } };
    await connection.changeRow({ ...texts, queue: { S: 'due' }, nextAttemptAt: { N: '0' } });
    await connection.tick();
    await connection.deleteRow();
  }),
  path('a list of due connections that DynamoDB refuses', 'aws_access_denied', async (connection) => {
    const { faults } = connection.deployment.aws.dynamoDb;
    faults.failNext({ operation: 'Query', error: 'AccessDeniedException', message: connection.quote });
    await connection.tick();
  }),
  path('a registration that DynamoDB refuses', 'aws_throttled', async (connection) => {
    const { faults } = connection.deployment.aws.dynamoDb;
    faults.failNext({ operation: 'PutItem', error: 'ThrottlingException', message: connection.quote });
    await connection.tick();
  }),
];

function outcomes(): CanaryPath[] {
  return [
    path('the first token', 'refreshed', (connection) => connection.ask()),
    path('a token that a newer one has replaced', 'already-fresh', async (connection) => {
      await connection.ask();
      await connection.ask({ reason: 'unauthorized', rejectedGeneration: 0 });
    }),
    path('a refresh that is under way', 'in-progress', async (connection) => {
      const held = connection.deployment.zoho.holdNextCall();
      const first = connection.ask();
      await held.received;
      await connection.ask();
      held.release();
      await first;
    }),
    path('more wishes than the budget allows', 'budget-exhausted', async (connection) => {
      await connection.ask();
      const justNow = { N: String(connection.deployment.clock.now()) };
      await connection.changeRow({ mints: { L: Array.from({ length: 8 }, () => justNow) } });
      await connection.ask();
    }),
    path('a first refusal, of a connection in service', 'invalid_code', async (connection) => {
      await connection.ask();
      const { quote } = connection;
      await connection.ask({}, connection.zohoAnswers({ error: 'invalid_code', message: quote }));
    }),
    path('a connection that is blocked and recovers', 'blocked', async (connection) => {
      connection.putCredentials({ client_secret: 'f'.repeat(42) });
      await connection.ask();
      connection.putCredentials();
      await connection.ask();
    }),
    path('an event bus that repeats what it was never sent', 'blocked', async (connection) => {
      const { faults } = connection.deployment.aws.eventBridge;
      faults.failNext({ operation: 'PutEvents', error: 'AccessDeniedException', message: connection.quote });
      connection.putCredentials({ client_secret: 'f'.repeat(42) });
      await connection.ask();
    }),
  ];
}

function bugs(): CanaryPath[] {
  const bug = (name: string, circumstances: (connection: CanaryConnection) => Circumstances) =>
    path(`a bug ${name}`, 'unexpected_error', (connection) => connection.ask({}, circumstances(connection)));
  return [
    bug('whose error quotes the credentials', (connection) => ({ newLeaseOwner: () => fail(connection) })),
    bug('that throws the refresh token itself', (connection) => ({
      newLeaseOwner: () => {
        throw connection.authorization.refreshToken;
      },
    })),
    bug('whose error has lines like those of a stack', (connection) => ({
      newLeaseOwner: () => {
        throw new Error(`cannot refresh\n    at ${connection.authorization.refreshToken}`);
      },
    })),
  ];
}

/** Events that anyone may send to the function. */
function events(): CanaryPath[] {
  const sent = (
    name: string,
    reaches: CanaryPath['reaches'],
    event: (authorization: Authorization) => unknown,
  ) => path(`an event ${name}`, reaches, (connection) => connection.handle(event(connection.authorization)));
  return [
    sent('that is the refresh token', 'invalid-request', ({ refreshToken }) => refreshToken),
    sent('with the client secret as action', 'invalid-request', ({ clientSecret }) => ({
      action: clientSecret,
    })),
    sent('with the refresh token as a key', 'invalid_event', ({ refreshToken }) => ({
      action: 'refresh-due',
      [refreshToken]: refreshToken,
    })),
    sent('with the refresh token in every field', 'invalid-request', ({ refreshToken }) => ({
      action: 'refresh',
      connection: refreshToken,
      reason: refreshToken,
      rejectedGeneration: refreshToken,
    })),
    path('an event for another door', 'not-allowed', (connection) =>
      connection.ask({}, { door: 'consumers' }),
    ),
    sent('for an unknown connection', 'unknown-connection', () => ({
      action: 'refresh',
      connection: 'nobody',
      reason: 'operator',
    })),
    sent('with the client secret as connection', 'invalid-request', ({ clientSecret }) => ({
      action: 'refresh',
      connection: clientSecret,
      reason: 'operator',
    })),
  ];
}

/** An error as a careless library throws it: secrets in the message, the cause and a field. */
function fail({ quote, authorization }: CanaryConnection): never {
  const cause = new Error(authorization.refreshToken);
  throw Object.assign(new TypeError(`cannot read properties of ${quote}`, { cause }), { authorization });
}
