import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenSecrets } from '../../lambdas/adapters/token-secrets.ts';
import { InfrastructureError } from '../../lambdas/core/failures.ts';
import type { SecretStores } from '../../lambdas/core/ports.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { serializeAccessToken } from '../../lambdas/core/secrets/access-token.ts';
import { createSealedTokens } from '../../lambdas/refresher/adapters/sealed-tokens.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { accessToken, credentialsSecret, NOW_MS } from '../support/builders.ts';
import { fleetKnobs, readSealed, sealedCredentialsOf, sealerOf } from '../support/fleet-deployment.ts';
import { contextOf } from '../support/refresh-context.ts';

/** Where tokens and credentials are, as the refresher and a reader know it. */
interface StoreUnderTest {
  readonly ports: SecretStores;
  /** Of a name that was not used before. */
  readonly newConnection: () => string;
  /** What a reader gets. */
  readonly readToken: (connection: string) => Promise<string | undefined>;
  /** Stores credentials as an operator, and returns the id of their version. */
  readonly storeCredentials: (connection: string, text: string) => Promise<string>;
  /** Returns what allows them again. */
  readonly denyReads: () => () => void;
  /** The next write is done, and all answers to it are lost but the last. */
  readonly loseAnswer: () => void;
  readonly failWrites: (error: 'AccessDeniedException' | 'ThrottlingException', times: number) => void;
}

/** How often the SDK sends a request before it gives up. */
const ATTEMPTS = 3;
const CREDENTIALS = credentialsSecret().reveal();
const never = new AbortController().signal;

let deployment: LocalDeployment;
let count = 0;

beforeAll(async () => {
  deployment = await LocalDeployment.start({ startMs: NOW_MS, connections: {}, knobs: fleetKnobs() });
});
afterAll(() => deployment.close());

const nextName = () => {
  count += 1;
  return `connection-${count}`;
};

function inSecretsManager(): StoreUnderTest {
  const { store, faults } = deployment.aws.secretsManager;
  const { credentials, rotatedCredentials } = contextOf(deployment);
  const tokens = createTokenSecrets(deployment.dependencies.aws.secretsManager, 'zoho');
  return {
    ports: { credentials, rotatedCredentials, tokens },
    newConnection: () => {
      const name = nextName();
      store.create({ name: `zoho/${name}/access-token` });
      store.create({ name: `zoho/${name}/credentials` });
      return name;
    },
    readToken: async (name) => store.currentText(`zoho/${name}/access-token`),
    storeCredentials: (name, text) => {
      const token = `version-${nextName()}`.padEnd(36, '-');
      store.put(`zoho/${name}/credentials`, { token, value: secretText(text) });
      return Promise.resolve(token);
    },
    denyReads: () => faults.deny({ operation: 'GetSecretValue' }),
    loseAnswer: () => faults.dropNext({ operation: 'PutSecretValue', afterEffect: true }),
    failWrites: (error, times) => faults.failNext({ operation: 'PutSecretValue', error, times }),
  };
}

function inDynamoDb(): StoreUnderTest {
  const { faults } = deployment.aws.dynamoDb;
  const { sealed } = contextOf(deployment);
  if (sealed === undefined) throw new Error('the deployment has no second store');
  const { credentials, rotatedCredentials } = sealed;
  const tokens = createSealedTokens(deployment.dependencies.aws.dynamoDb, {
    tableName: 'zoho-tokens',
    sealer: sealerOf(deployment),
  });
  return {
    ports: { credentials, rotatedCredentials, tokens },
    newConnection: nextName,
    readToken: async (name) => {
      const read = await readSealed(deployment, name);
      return read && JSON.stringify(read.document);
    },
    storeCredentials: async (name, text) => {
      const store = sealedCredentialsOf(deployment);
      const versionId = `version-${nextName()}`.padEnd(36, '-');
      const seenVersionId = await store.versionOf(name, never);
      await store.write({ connection: name, versionId, text: new Redacted(text), seenVersionId }, never);
      return versionId;
    },
    denyReads: () => faults.deny({ operation: 'GetItem' }),
    loseAnswer: () => faults.dropNext({ operation: 'PutItem', afterEffect: true }),
    failWrites: (error, times) => faults.failNext({ operation: 'PutItem', error, times }),
  };
}

describe.each([
  ['Secrets Manager', inSecretsManager],
  ['DynamoDB', inDynamoDb],
])('tokens in %s', (_name, open) => {
  const start = () => {
    const store = open();
    const connection = store.newConnection();
    const tokenOf = (generation: number, text = `1000.of.${generation}`) =>
      accessToken({ connection, generation, accessToken: new Redacted(text) });
    let versionId: string | undefined;
    const publish = async (generation: number, text?: string) => {
      const result = await store.ports.tokens.publish(tokenOf(generation, text), versionId, never);
      if (result.kind === 'published') versionId = result.versionId;
      return result;
    };
    const published = async () => JSON.parse((await store.readToken(connection)) ?? 'null');
    return { store, connection, tokenOf, publish, published };
  };

  it('are read as they were published, each newer one in the place of the one before', async () => {
    const { publish, published, tokenOf } = start();

    for (const generation of [1, 2, 7]) {
      expect(await publish(generation)).toMatchObject({ kind: 'published' });
      expect(await published()).toEqual(JSON.parse(serializeAccessToken(tokenOf(generation))));
    }
  });

  it('are never replaced by an older one, however late it is', async () => {
    const { store, tokenOf, publish, published } = start();
    const first = await publish(1);
    const knownToLate = first.kind === 'published' ? first.versionId : undefined;
    await publish(5);

    const late = await store.ports.tokens.publish(tokenOf(4), knownToLate, never);

    expect(late).toEqual({ kind: 'superseded', generationFound: 5 });
    expect(await published()).toMatchObject({ generation: 5 });
  });

  it('are never replaced by another one of the same generation', async () => {
    const { publish, published } = start();
    await publish(5, '1000.the.first');

    expect(await publish(5, '1000.the.second')).toEqual({ kind: 'superseded', generationFound: 5 });
    expect(await published()).toMatchObject({ access_token: '1000.the.first' });
  });

  it('are published although the answer to the write was lost', async () => {
    const { store, publish, published } = start();
    await publish(1);
    store.loseAnswer();

    expect(await publish(2)).toMatchObject({ kind: 'published' });
    expect(await published()).toMatchObject({ generation: 2 });
  });

  it('whose answer was lost, and that cannot be read again, are not taken for unwritten ones', async () => {
    const { store, publish } = start();
    await publish(1);
    store.loseAnswer();
    const allowReads = store.denyReads();

    const publishing = publish(2).finally(allowReads);

    await expect(
      publishing.then(({ kind }) => {
        if (kind === 'not-stored') return kind;
        throw new Error(kind);
      }),
    ).rejects.toThrow();
  });

  it.each([
    ['AccessDeniedException', 1, 'aws_access_denied'],
    ['ThrottlingException', ATTEMPTS, 'aws_throttled'],
  ] as const)(
    'stay as they are after %s, and the result says that nothing was written',
    async (error, times, code) => {
      const { store, publish, published } = start();
      await publish(1);
      store.failWrites(error, times);

      const result = await publish(2);

      expect(result.kind === 'not-stored' && result.error.code).toBe(code);
      expect(await published()).toMatchObject({ generation: 1 });
      expect(await publish(3)).toMatchObject({ kind: 'published' });
    },
  );

  it('of two writers at once, the newer one is published in the end', async () => {
    const { store, connection, tokenOf, publish, published } = start();
    const first = await publish(1);
    const from = first.kind === 'published' ? first.versionId : undefined;

    const { tokens } = store.ports;
    await Promise.all([tokens.publish(tokenOf(2), from, never), tokens.publish(tokenOf(3), from, never)]);

    expect(await published()).toMatchObject({ connection, generation: 3 });
  });

  it('say their generation to a refresher that has lost the row', async () => {
    const { store, connection, publish } = start();
    await publish(9);

    expect(await store.ports.tokens.lastPublished(connection, never)).toMatchObject({
      generation: 9,
      token: { expiresAtMs: accessToken().expiresAtMs },
    });
  });
});

describe.each([
  ['Secrets Manager', inSecretsManager],
  ['DynamoDB', inDynamoDb],
])('credentials in %s', (_name, open) => {
  const start = () => {
    const store = open();
    return { store, connection: store.newConnection(), ...store.ports };
  };
  const rotation = (connection: string, usedVersionId: string) => ({
    connection,
    generation: 3,
    text: credentialsSecret({ refresh_token: '1000.rotated', rotated_from: usedVersionId }),
    usedVersionId,
  });

  it('are empty before the first authorization', async () => {
    const { connection, credentials } = start();

    expect(await credentials.read(connection, never)).toEqual({ kind: 'empty' });
  });

  it('are read unchanged, with the id of their version', async () => {
    const { store, connection, credentials } = start();
    const versionId = await store.storeCredentials(connection, CREDENTIALS);

    const stored = await credentials.read(connection, never);

    expect(stored).toMatchObject({ kind: 'found', versionId });
    expect(stored.kind === 'found' && stored.text.reveal()).toBe(CREDENTIALS);
  });

  it('are replaced when Zoho rotates the refresh token that was used', async () => {
    const { store, connection, credentials, rotatedCredentials } = start();
    const used = await store.storeCredentials(connection, CREDENTIALS);

    const result = await rotatedCredentials.store(rotation(connection, used), never);

    expect(result).toMatchObject({ kind: 'current' });
    expect(await credentials.read(connection, never)).toMatchObject({
      versionId: result.kind === 'current' && result.versionId,
    });
  });

  it('that an operator has stored meanwhile stay', async () => {
    const { store, connection, credentials, rotatedCredentials } = start();
    const used = await store.storeCredentials(connection, CREDENTIALS);
    const operators = await store.storeCredentials(connection, '{"by":"the operator"}');

    expect(await rotatedCredentials.store(rotation(connection, used), never)).toEqual({ kind: 'superseded' });
    expect(await credentials.read(connection, never)).toMatchObject({ versionId: operators });
  });

  it('are stored although the answer was lost, and are found again after the old ones were refused', async () => {
    const { store, connection, rotatedCredentials } = start();
    const used = await store.storeCredentials(connection, CREDENTIALS);
    store.loseAnswer();

    const stored = await rotatedCredentials.store(rotation(connection, used), never);

    expect(stored).toMatchObject({ kind: 'current' });
    expect(await rotatedCredentials.recover(connection, used, never)).toEqual(stored);
  });

  it('that are not stored leave the ones before', async () => {
    const { store, connection, credentials, rotatedCredentials } = start();
    const used = await store.storeCredentials(connection, CREDENTIALS);
    store.failWrites('AccessDeniedException', 1);

    const storing = rotatedCredentials.store(rotation(connection, used), never);

    await expect(storing).rejects.toBeInstanceOf(InfrastructureError);
    expect(await credentials.read(connection, never)).toMatchObject({ versionId: used });
  });
});

describe('what is sealed', () => {
  const sealedOf = async (kind: 'access-token' | 'credentials', connection: string) =>
    await sealerOf(deployment).seal({ kind, connection }, new Redacted('a secret'), never);

  it.each([
    ['for another connection', { kind: 'access-token', connection: 'other' }],
    ['as credentials', { kind: 'credentials', connection: 'crm-prod' }],
  ] as const)('as the token of one connection does not open %s', async (_what, whose) => {
    const sealed = await sealedOf('access-token', 'crm-prod');

    await expect(sealerOf(deployment).open(whose, sealed, never)).rejects.toMatchObject({
      code: 'aws_kms_denied',
    });
  });

  it('has at most 4,096 bytes: more is said before anything is written', async () => {
    const { ports, newConnection, readToken } = inDynamoDb();
    const connection = newConnection();
    const token = (letters: number) =>
      accessToken({ connection, generation: 1, accessToken: new Redacted(`1000.${'x'.repeat(letters)}`) });
    const others = Buffer.byteLength(serializeAccessToken(token(0)));

    const tooLarge = await ports.tokens.publish(token(4097 - others), undefined, never);
    const none = await readToken(connection);
    const fitting = await ports.tokens.publish(token(4096 - others), undefined, never);

    expect(tooLarge.kind === 'not-stored' && tooLarge.error.code).toBe('too_large_to_seal');
    expect(none).toBeUndefined();
    expect(fitting).toMatchObject({ kind: 'published' });
  });
});
