import type { Authorization } from '../../sandbox/deployment/local-deployment.ts';
import { pathsOfAwsEchoes, pathsOfAwsErrors, pathsOfTokenSecrets } from './aws-paths.ts';
import { type CanaryPath, path } from './path.ts';
import type { CanaryStage, Circumstances } from './stage.ts';
import { pathsOfAnswers, pathsOfCredentials, pathsOfEchoes } from './zoho-paths.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** What happens to a connection of which nothing but its own row is looked at: many of them share a sandbox. */
export const PATHS_ON_DEMAND: readonly CanaryPath[] = [
  ...outcomes(),
  ...pathsOfCredentials(),
  ...pathsOfAnswers(),
  ...pathsOfEchoes(),
  ...pathsOfAwsErrors(),
  ...pathsOfAwsEchoes(),
  ...pathsOfTokenSecrets(),
  ...bugs(),
  ...events(),
];

/** What happens in a tick, to all that is due: each needs a sandbox of its own. */
export const PATHS_OF_TICKS: readonly CanaryPath[] = [
  path('the first token and its renewal on schedule', 'refreshed', async (stage) => {
    await stage.tick();
    stage.deployment.clock.advance(10 * MINUTE_MS);
    await stage.tick();
    stage.deployment.clock.advance(44 * MINUTE_MS);
    await stage.tick();
  }),
  path('credentials that are not there yet', 'no_credentials', async (stage) => {
    const { store } = stage.deployment.aws.secretsManager;
    store.deleteNow(stage.credentialsSecret);
    store.create({ name: stage.credentialsSecret });
    await stage.tick();
  }),
  path('a connection that is no longer declared', 'undeclared', async (stage) => {
    await stage.tick();
    stage.deployment.clock.advance(54 * MINUTE_MS);
    await stage.tick({ config: { ...stage.deployment.config, declaredConnections: {} } });
  }),
  path('a refused refresh token, looked at again and asked again', 'invalid_code', async (stage) => {
    stage.deployment.zoho.revoke(stage.authorization.refreshToken);
    for (const minutes of [0, 5, 60]) {
      stage.deployment.clock.advance(minutes * MINUTE_MS);
      await stage.tick();
    }
  }),
  path('a bug that meets one connection', 'internal_error', async (stage) => {
    await stage.tick();
    stage.deployment.clock.advance(54 * MINUTE_MS);
    await stage.tick({ newLeaseOwner: () => fail(stage) });
  }),
  path('a row that holds credentials and cannot be read', 'malformed_row', async (stage) => {
    const { refreshToken, clientSecret } = stage.authorization;
    const texts = { status: { S: refreshToken }, source: { S: clientSecret }, scope: { N: '7' } };
    await stage.changeRow({ ...texts, queue: { S: 'due' }, nextAttemptAt: { N: '0' } });
    await stage.tick();
    await stage.deleteRow();
  }),
  path('a list of due connections that DynamoDB refuses', 'aws_access_denied', async (stage) => {
    const { faults } = stage.deployment.aws.dynamoDb;
    faults.failNext({ operation: 'Query', error: 'AccessDeniedException', message: stage.quote });
    await stage.tick();
  }),
  path('a registration that DynamoDB refuses', 'aws_throttled', async (stage) => {
    const { faults } = stage.deployment.aws.dynamoDb;
    faults.failNext({ operation: 'PutItem', error: 'ThrottlingException', message: stage.quote });
    await stage.tick();
  }),
];

function outcomes(): CanaryPath[] {
  return [
    path('the first token', 'refreshed', (stage) => stage.ask()),
    path('a token that a newer one has replaced', 'already-fresh', async (stage) => {
      await stage.ask();
      await stage.ask({ reason: 'unauthorized', rejectedGeneration: 0 });
    }),
    path('a refresh that is under way', 'in-progress', async (stage) => {
      const held = stage.deployment.zoho.holdNextCall();
      const first = stage.ask();
      await held.received;
      await stage.ask();
      held.release();
      await first;
    }),
    path('more wishes than the budget allows', 'budget-exhausted', async (stage) => {
      await stage.ask();
      const justNow = { N: String(stage.deployment.clock.now()) };
      await stage.changeRow({ mints: { L: Array.from({ length: 6 }, () => justNow) } });
      await stage.ask();
    }),
    path('a connection that is blocked and recovers', 'blocked', async (stage) => {
      stage.putCredentials({ client_secret: 'f'.repeat(42) });
      await stage.ask();
      stage.putCredentials();
      await stage.ask();
    }),
    path('an event bus that repeats what it was never sent', 'blocked', async (stage) => {
      const { faults } = stage.deployment.aws.eventBridge;
      faults.failNext({ operation: 'PutEvents', error: 'AccessDeniedException', message: stage.quote });
      stage.putCredentials({ client_secret: 'f'.repeat(42) });
      await stage.ask();
    }),
    path('a lease that ran out before Zoho was asked', 'lease_expired', async (stage) => {
      const { clock, aws } = stage.deployment;
      await stage.ask();
      const read = { operation: 'GetSecretValue', secret: stage.credentialsSecret } as const;
      const hold = aws.secretsManager.faults.hangNext(read);
      const answer = stage.ask({}, { remainingTimeMs: 300 * SECOND_MS });
      await hold.reached;
      clock.advance(66 * SECOND_MS);
      hold.release();
      await answer;
    }),
  ];
}

function bugs(): CanaryPath[] {
  const bug = (name: string, circumstances: (stage: CanaryStage) => Circumstances) =>
    path(`a bug ${name}`, 'unexpected_error', (stage) => stage.ask({}, circumstances(stage)));
  return [
    bug('whose error quotes the credentials', (stage) => ({ newLeaseOwner: () => fail(stage) })),
    bug('that throws the refresh token itself', (stage) => ({
      newLeaseOwner: () => {
        throw stage.authorization.refreshToken;
      },
    })),
    bug('whose error has lines like those of a stack', (stage) => ({
      newLeaseOwner: () => {
        throw new Error(`cannot refresh\n    at ${stage.authorization.refreshToken}`);
      },
    })),
  ];
}

/** What somebody may send to the function. */
function events(): CanaryPath[] {
  const sent = (
    name: string,
    reaches: CanaryPath['reaches'],
    event: (authorization: Authorization) => unknown,
  ) => path(`an event ${name}`, reaches, (stage) => stage.handle(event(stage.authorization)));
  return [
    sent('that is the refresh token', 'invalid_event', ({ refreshToken }) => refreshToken),
    sent('with the client secret as action', 'invalid_event', ({ clientSecret }) => ({
      action: clientSecret,
    })),
    sent('with the refresh token as a key', 'invalid_event', ({ refreshToken }) => ({
      action: 'refresh-due',
      [refreshToken]: refreshToken,
    })),
    sent('with the refresh token in every field', 'invalid_event', ({ refreshToken }) => ({
      action: 'refresh',
      connection: refreshToken,
      reason: refreshToken,
      rejectedGeneration: refreshToken,
    })),
    sent('for a connection that nobody knows', 'unknown_connection', () => ({
      action: 'refresh',
      connection: 'nobody',
      reason: 'operator',
    })),
    sent('with the client secret as connection', 'invalid_event', ({ clientSecret }) => ({
      action: 'refresh',
      connection: clientSecret,
      reason: 'operator',
    })),
  ];
}

/** An error as a careless library throws it: secrets in the message, the cause and a field. */
function fail({ quote, authorization }: CanaryStage): never {
  const cause = new Error(authorization.refreshToken);
  throw Object.assign(new TypeError(`cannot read properties of ${quote}`, { cause }), { authorization });
}
