import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenStore } from '../../lambdas/core/ports.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import type { AccessToken } from '../../lambdas/core/secrets/access-token.ts';
import { createTokenSecrets } from '../../lambdas/refresher/adapters/token-secrets.ts';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { type SecretsManagerStandIn, startSecretsManager } from '../../sandbox/aws/secrets-manager.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { START_MS } from '../support/sandbox.ts';

const SECRET = 'zoho/crm-prod/access-token';
const never = new AbortController().signal;

let standIn: SecretsManagerStandIn;
let client: SecretsManagerClient;
let tokens: TokenStore;

beforeEach(async () => {
  standIn = await startSecretsManager({ clock: new ManualClock(START_MS) });
  standIn.store.create({ name: SECRET });
  client = createAwsClients({ secretsManager: clientConfigFor(standIn.endpoint) }).secretsManager;
  tokens = createTokenSecrets(client, 'zoho');
});
afterEach(() => standIn.close());

function token(generation: number, text = `token-${generation}`): AccessToken {
  return {
    accessToken: new Redacted(text),
    apiDomain: 'https://www.zohoapis.eu',
    dataCenter: 'eu',
    scope: '',
    connection: 'crm-prod',
    generation,
    issuedAtMs: START_MS,
    expiresAtMs: START_MS + 3600_000,
    refreshAfterMs: START_MS + 3200_000,
  };
}

async function publish(generation: number, from: string | undefined): Promise<string> {
  const result = await tokens.publish(token(generation), from, never);
  if (result.kind !== 'published') throw new Error(result.kind);
  return result.versionId;
}

async function currentGeneration(): Promise<number> {
  const { SecretString } = await client.send(
    new GetSecretValueCommand({ SecretId: SECRET, VersionStage: 'AWSCURRENT' }),
  );
  return JSON.parse(SecretString ?? '{}').generation;
}

describe('the fenced publish', () => {
  it('makes the first version of an empty secret current with one call', async () => {
    await publish(1, undefined);

    expect(await currentGeneration()).toBe(1);
    expect(standIn.calls.filter(({ operation }) => operation !== 'GetSecretValue')).toHaveLength(1);
  });

  it('moves AWSCURRENT from the version that the row knows, with two calls', async () => {
    const first = await publish(1, undefined);
    standIn.resetCalls();

    await publish(2, first);

    expect(standIn.calls.map(({ operation }) => operation)).toEqual([
      'PutSecretValue',
      'UpdateSecretVersionStage',
    ]);
    expect(await currentGeneration()).toBe(2);
  });

  it('never replaces a newer token by an older one, however late the older one comes', async () => {
    const first = await publish(1, undefined);
    await publish(3, first);

    const late = await tokens.publish(token(2), first, never);

    expect(late).toEqual({ kind: 'superseded', generationFound: 3 });
    expect(await currentGeneration()).toBe(3);
  });

  it('of two that move from the same version at once lets the newer one stand', async () => {
    const first = await publish(1, undefined);

    await Promise.all([tokens.publish(token(2), first, never), tokens.publish(token(3), first, never)]);

    expect(await currentGeneration()).toBe(3);
  });

  it('succeeds when the answer to its stage move is lost', async () => {
    const first = await publish(1, undefined);
    standIn.faults.dropNext({ operation: 'UpdateSecretVersionStage', afterEffect: true });

    await publish(2, first);

    expect(await currentGeneration()).toBe(2);
  });

  it('succeeds when the answer to its put is lost', async () => {
    const first = await publish(1, undefined);
    standIn.faults.dropNext({ operation: 'PutSecretValue', afterEffect: true });

    await publish(2, first);

    expect(await currentGeneration()).toBe(2);
    expect(standIn.store.get(SECRET).versions.size).toBe(2);
  });

  it('leaves the current token when the move is refused for good', async () => {
    const first = await publish(1, undefined);
    standIn.faults.deny({ operation: 'UpdateSecretVersionStage' });

    await expect(tokens.publish(token(2), first, never)).rejects.toMatchObject({ code: 'aws_access_denied' });
    expect(await currentGeneration()).toBe(1);
  });

  it('finds AWSCURRENT where a hand has moved it, and goes on from there', async () => {
    const first = await publish(1, undefined);
    await publish(2, first);
    standIn.store.moveStage(SECRET, {
      stage: 'AWSCURRENT',
      removeFromVersionId: standIn.store.get(SECRET).stages.get('AWSCURRENT'),
      moveToVersionId: first,
    });

    await publish(3, 'a'.repeat(64));

    expect(await currentGeneration()).toBe(3);
  });

  it('does not let a hand-written number fence it out for ever', async () => {
    standIn.store.put(SECRET, { value: secretText('{"generation":9007199254740991}') });

    await publish(1, undefined);

    expect(await currentGeneration()).toBe(1);
  });

  it('drops a second token of the same generation', async () => {
    const first = await publish(1, undefined);
    await publish(2, first);

    const again = await tokens.publish(token(2, 'another-token'), first, never);

    expect(again).toEqual({ kind: 'superseded', generationFound: 2 });
  });

  it('gives up when something else keeps writing the secret', async () => {
    const first = await publish(1, undefined);
    standIn.faults.failNext({
      operation: 'UpdateSecretVersionStage',
      error: 'InvalidParameterException',
      times: 9,
    });

    await expect(tokens.publish(token(2), first, never)).rejects.toMatchObject({
      code: 'aws_unavailable',
      message: expect.stringContaining('something else writes this secret'),
    });
  });
});

describe('a put that fails', () => {
  it.each([
    'AccessDeniedException',
    'ThrottlingException',
    'EncryptionFailure',
    'LimitExceededException',
  ] as const)('with %s has written nothing, for certain', async (error) => {
    const first = await publish(1, undefined);
    standIn.faults.failNext({ operation: 'PutSecretValue', error, times: 9 });

    const result = await tokens.publish(token(2), first, never);

    expect(result).toMatchObject({ kind: 'not-stored' });
    expect(await currentGeneration()).toBe(1);
  });

  it('with a refusal is not looked after, which may be refused as well', async () => {
    const first = await publish(1, undefined);
    standIn.faults.deny({ operation: 'PutSecretValue' });
    standIn.faults.deny({ operation: 'GetSecretValue' });

    expect(await tokens.publish(token(2), first, never)).toMatchObject({ kind: 'not-stored' });
  });

  it('with an error 500 is looked after: what is not there was not written', async () => {
    const first = await publish(1, undefined);
    standIn.faults.failNext({ operation: 'PutSecretValue', error: 'InternalServiceError', times: 9 });

    expect(await tokens.publish(token(2), first, never)).toMatchObject({ kind: 'not-stored' });
  });

  it('with an error 500 although it was stored is a success', async () => {
    const first = await publish(1, undefined);
    standIn.faults.failNext({
      operation: 'PutSecretValue',
      error: 'InternalServiceError',
      times: 9,
      afterEffect: true,
    });

    expect(await tokens.publish(token(2), first, never)).toMatchObject({ kind: 'published' });
    expect(await currentGeneration()).toBe(2);
  });

  it('and cannot be looked after may have been written', async () => {
    const first = await publish(1, undefined);
    standIn.faults.failNext({ operation: 'PutSecretValue', error: 'InternalServiceError', times: 9 });
    standIn.faults.deny({ operation: 'GetSecretValue' });

    await expect(tokens.publish(token(2), first, never)).rejects.toMatchObject({ code: 'aws_unavailable' });
  });
});
