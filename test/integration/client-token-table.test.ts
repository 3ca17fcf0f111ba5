import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createZohoClient } from '../../lambdas/client/create-zoho-client.ts';
import { createZohoClients } from '../../lambdas/client/many/create-zoho-clients.ts';
import { KEY_ARN } from '../../sandbox/aws/embedded-aws.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { connectSealed, fleetKnobs, tickShard } from '../support/fleet-deployment.ts';
import { startDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;

beforeEach(async () => {
  deployment = await startDeployment({
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: [] } },
    knobs: fleetKnobs(),
  });
  deployment.authorize('crm-prod');
  await connectSealed(deployment, 'tenant-1');
  await deployment.tick();
  await tickShard(deployment);
  const { endpoints } = deployment.aws;
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoints.dynamodb);
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', endpoints.kms);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'sandbox');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'sandbox');
  vi.stubEnv('ZOHO_TOKENS_TABLE', 'zoho-tokens');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await deployment.close();
});

/** What a consumer passes in production is in its environment. */
function options() {
  const { clock } = deployment;
  return {
    metrics: 'off' as const,
    secretsManagerClient: new SecretsManagerClient(deployment.aws.clientConfig('secretsmanager')),
    clock: { now: () => clock.now(), sleep: () => new Promise<void>(() => {}) },
  };
}

function readsOfSecrets(): number {
  return deployment.aws.secretsManager.calls.filter(({ operation }) => operation === 'GetSecretValue').length;
}

describe('a client whose environment names the table of tokens', () => {
  it('reads the token of a connection of the second store there, and nothing from Secrets Manager', async () => {
    const before = readsOfSecrets();

    const token = await createZohoClient({ connection: 'tenant-1', ...options() }).getAccessToken();

    expect(token).toMatchObject({ generation: 1, apiDomain: 'https://www.zohoapis.eu' });
    expect(deployment.zoho.isValid(token.accessToken)).toBe(true);
    expect(readsOfSecrets()).toBe(before);
  });

  it('reads a connection without an item from Secrets Manager', async () => {
    const token = await createZohoClient({ connection: 'crm-prod', ...options() }).getAccessToken();

    expect(deployment.zoho.isValid(token.accessToken)).toBe(true);
  });

  it('serves connections of both stores with one client for many', async () => {
    const clients = createZohoClients(options());

    const [sealed, ofSecret] = await Promise.all(
      ['tenant-1', 'crm-prod'].map((name) => clients.for(name).getAccessToken()),
    );

    expect(sealed?.accessToken).not.toBe(ofSecret?.accessToken);
  });

  it('finds a connection that was moved to Secrets Manager at its next read', async () => {
    const { aws, dependencies } = deployment;
    const text = aws.secretsManager.store.currentText('zoho/crm-prod/access-token') ?? '';
    const moved = { ...JSON.parse(text), connection: 'tenant-1', generation: 7 };
    aws.secretsManager.store.create({ name: 'zoho/tenant-1/access-token' });
    aws.secretsManager.store.put('zoho/tenant-1/access-token', {
      value: { kind: 'string', text: JSON.stringify(moved) },
    });
    const Key = { connection: { S: 'tenant-1' } };
    await dependencies.aws.dynamoDb.send(new DeleteItemCommand({ TableName: 'zoho-tokens', Key }));

    const client = createZohoClient({ connection: 'tenant-1', ...options() });

    expect(await client.getAccessToken()).toMatchObject({ generation: 7 });
  });

  it('does not accept the token of another tenant that was copied into its item', async () => {
    const { dynamoDb } = deployment.dependencies.aws;
    const found = await dynamoDb.send(
      new GetItemCommand({ TableName: 'zoho-tokens', Key: { connection: { S: 'tenant-1' } } }),
    );
    const copy = { ...found.Item, connection: { S: 'tenant-2' } };
    await dynamoDb.send(new PutItemCommand({ TableName: 'zoho-tokens', Item: copy }));

    await expect(createZohoClient({ connection: 'tenant-2', ...options() }).getAccessToken()).rejects.toThrow(
      /kms:Decrypt on the token of tenant-2 failed \(InvalidCiphertextException\)/,
    );
  });

  it('says what to do when the table is denied', async () => {
    deployment.aws.dynamoDb.faults.deny({ operation: 'GetItem' });

    await expect(createZohoClient({ connection: 'tenant-1', ...options() }).getAccessToken()).rejects.toThrow(
      'dynamodb:GetItem on zoho-tokens failed (AccessDeniedException). Allow this process dynamodb:GetItem on it.',
    );
  });

  it('says which table does not exist', async () => {
    const zoho = createZohoClient({ connection: 'tenant-1', tokensTable: 'zoho-tokns', ...options() });

    await expect(zoho.getAccessToken()).rejects.toThrow(
      'dynamodb:GetItem on zoho-tokns failed (ResourceNotFoundException). Check its name and the AWS region.',
    );
  });

  it('says what to do when the key is disabled', async () => {
    deployment.aws.secretsManager.store.keys.disable(KEY_ARN);

    await expect(createZohoClient({ connection: 'tenant-1', ...options() }).getAccessToken()).rejects.toThrow(
      /kms:Decrypt on the token of tenant-1 failed \(DisabledException\)/,
    );
  });
});
