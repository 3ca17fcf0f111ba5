import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTokenSecrets } from '../../lambdas/adapters/token-secrets.ts';
import type { TokenStore } from '../../lambdas/core/ports.ts';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { type SecretsManagerStandIn, startSecretsManager } from '../../sandbox/aws/secrets-manager.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import { accessToken } from '../support/builders.ts';
import { START_MS } from '../support/sandbox.ts';

const SECRET = 'zoho/crm-prod/access-token';

let standIn: SecretsManagerStandIn;
let client: SecretsManagerClient;
let tokens: TokenStore;
let first: string;

/** What AWS sees of the fenced publish. Its other facts are in `contracts/ports/tokens.ts`. */
beforeEach(async () => {
  standIn = await startSecretsManager({ clock: new ManualClock(START_MS) });
  standIn.store.create({ name: SECRET });
  client = createAwsClients({ secretsManager: clientConfigFor(standIn.endpoint) }).secretsManager;
  tokens = createTokenSecrets(client, 'zoho');
  const result = await publish(1, undefined);
  first = result.kind === 'published' ? result.versionId : '';
});
afterEach(async () => {
  client.destroy();
  await standIn.close();
});

function publish(generation: number, from: string | undefined) {
  return tokens.publish(accessToken({ generation }), from, new AbortController().signal);
}

function currentGeneration(): number {
  return JSON.parse(standIn.store.currentText(SECRET) ?? '{}').generation;
}

it('the first version of an empty secret is current after one write', () => {
  expect(currentGeneration()).toBe(1);
  expect(standIn.calls.filter(({ operation }) => operation !== 'GetSecretValue')).toHaveLength(1);
});

it('AWSCURRENT moves from the version that the row has, with two calls', async () => {
  standIn.resetCalls();

  await publish(2, first);

  expect(standIn.calls.map(({ operation }) => operation)).toEqual([
    'PutSecretValue',
    'UpdateSecretVersionStage',
  ]);
  expect(currentGeneration()).toBe(2);
});

it('a publish fails when another process keeps writing the secret', async () => {
  const error = 'InvalidParameterException';
  standIn.faults.failNext({ operation: 'UpdateSecretVersionStage', error, times: 9 });

  await expect(publish(2, first)).rejects.toMatchObject({
    code: 'aws_unavailable',
    message: expect.stringContaining('something else writes this secret'),
  });
});

it.each([
  'AccessDeniedException',
  'ThrottlingException',
  'EncryptionFailure',
  'LimitExceededException',
] as const)('a put that fails with %s has certainly stored nothing', async (error) => {
  standIn.faults.failNext({ operation: 'PutSecretValue', error, times: 9 });

  expect(await publish(2, first)).toMatchObject({ kind: 'not-stored' });
  expect(currentGeneration()).toBe(1);
});

it('a put that is denied is not verified with a read, which may be denied as well', async () => {
  standIn.faults.deny({ operation: 'PutSecretValue' });
  standIn.faults.deny({ operation: 'GetSecretValue' });

  expect(await publish(2, first)).toMatchObject({ kind: 'not-stored' });
});
