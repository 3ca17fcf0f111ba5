import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createZohoClient, type ZohoClient } from '../../lambdas/client/index.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { MINUTE_MS, startAuthorizedDeployment } from '../support/sandbox.ts';

const NAME = 'crm-prod';
const TOKEN_SECRET = `zoho/${NAME}/access-token`;

let deployment: LocalDeployment;
let isRejected: (token: string) => boolean;
let client: ZohoClient;

/** A consumer that has a token of generation 4 in memory, and does not know the refresher. */
beforeEach(async () => {
  ({ deployment } = await startAuthorizedDeployment());
  for (let generation = 2; generation <= 4; generation += 1) {
    deployment.clock.advance(11 * MINUTE_MS);
    await deployment.refresh(NAME);
  }
  isRejected = () => false;
  client = createZohoClient({
    connection: NAME,
    metrics: 'off',
    secretsManagerClient: new SecretsManagerClient(deployment.aws.clientConfig('secretsmanager')),
    clock: { now: () => deployment.clock.now(), sleep: () => Promise.resolve() },
    fetch: (_, init) => {
      const token = new Headers(init?.headers).get('authorization')?.split(' ')[1] ?? '';
      return Promise.resolve(
        isRejected(token)
          ? Response.json({ code: 'INVALID_TOKEN' }, { status: 401 })
          : Response.json({ data: [] }),
      );
    },
  });
  expect((await client.getAccessToken()).generation).toBe(4);
});
afterEach(() => deployment.close());

/** The table and the token secret are new, and the credentials were kept. */
async function redeploy(): Promise<void> {
  const { store } = deployment.aws.secretsManager;
  store.deleteNow(TOKEN_SECRET);
  store.create({ name: TOKEN_SECRET });
  const row = { TableName: deployment.aws.tableName, Key: { connection: { S: NAME } } };
  await deployment.dependencies.aws.dynamoDb.send(new DeleteItemCommand(row));
  deployment.clock.advance(MINUTE_MS);
  await deployment.compose()({ action: 'refresh-due' }, lambdaContext());
  expect(deployment.readToken(NAME)?.generation).toBe(1);
}

it('a client whose token is rejected gets the token of the new deployment, although its generation is lower', async () => {
  const { accessToken } = await client.getAccessToken();
  await redeploy();
  const mints = deployment.zoho.tokenCalls.length;
  isRejected = (token) => token === accessToken;

  const response = await client.fetch('/crm/v8/Leads');

  expect(response.status).toBe(200);
  expect((await client.getAccessToken()).generation).toBe(1);
  expect(deployment.zoho.tokenCalls.length).toBe(mints);
});

it('a client whose token is valid keeps it until it is due, and then follows the new deployment for good', async () => {
  await redeploy();

  expect((await client.getAccessToken()).generation).toBe(4);
  for (const generation of [2, 3, 4, 5]) {
    await deployment.runMinutes(56);
    expect(deployment.readToken(NAME)?.generation).toBe(generation);
    expect((await client.getAccessToken()).generation).toBe(generation);
  }
});

it('a client is never left with an expired token', async () => {
  await redeploy();

  for (let minute = 0; minute < 3 * 60; minute += 1) {
    await deployment.runMinutes(1);
    const { expiresAt } = await client.getAccessToken();
    expect(expiresAt.getTime()).toBeGreaterThan(deployment.clock.now());
  }
});
