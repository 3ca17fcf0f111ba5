import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { startAuthorizedDeployment } from '../support/sandbox.ts';
import { SilentServer } from '../support/silent-server.ts';

/** What a request on demand waits for the table before its mint, for its commit, and for reads of secrets. */
const [TABLE_MS, COMMIT_MS, SECRETS_MS] = [3_000, 3_000, 5_000];
const COMPLAINT = { reason: 'unauthorized', rejectedGeneration: 1 } as const;

let deployment: LocalDeployment;
const ends: (() => void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await deployment.close();
});

/** A refresher with the real timeouts of the AWS SDK, whose DynamoDB never ends a response. */
async function withSilentDynamoDb(response?: string) {
  ({ deployment } = await startAuthorizedDeployment());
  const server = await SilentServer.start(response);
  const { dynamoDb } = createAwsClients({ dynamoDb: clientConfigFor(server.endpoint) });
  ends.push(
    () => server.close(),
    () => dynamoDb.destroy(),
  );
  const { aws } = deployment.dependencies;
  return { server, handler: deployment.compose({ aws: { ...aws, dynamoDb } }) };
}

describe('DynamoDB that never answers', () => {
  it.each([
    ['a consumer', COMPLAINT],
    ['an operator', { reason: 'operator' }],
  ] as const)('costs %s three seconds', async (_, request) => {
    const { server, handler } = await withSilentDynamoDb();
    const asked = server.asked();
    const answer = deployment.refresh('crm-prod', request, handler);
    await asked;
    deployment.clock.advance(TABLE_MS);

    expect(await answer).toEqual({
      connection: 'crm-prod',
      outcome: 'failed',
      generation: 0,
      expires_at: null,
      retry_after_seconds: 10,
      message:
        'dynamodb:GetItem on zoho-connections got no answer in time (TimeoutError). It is retried automatically.',
    });
    expect(deployment.zoho.tokenCalls).toHaveLength(1);
  });

  it('costs no more if it stops in the middle of a response', async () => {
    const { server, handler } = await withSilentDynamoDb(
      'HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 100\r\n\r\n{"Item":',
    );
    const asked = server.asked();
    const answer = deployment.refresh('crm-prod', COMPLAINT, handler);
    await asked;
    deployment.clock.advance(TABLE_MS);

    expect(await answer).toMatchObject({ outcome: 'failed', retry_after_seconds: 10 });
  });

  it('ends the tick with a clear error before the function times out, and without a heartbeat', async () => {
    const { server, handler } = await withSilentDynamoDb();
    const heartbeats = deployment.metrics.ofFleet('Heartbeat').length;
    const asked = server.asked();
    const tick = deployment.tick(handler);
    await asked;
    deployment.clock.advance(TABLE_MS);
    deployment.clock.advance(52_000);

    await expect(tick).rejects.toMatchObject({
      code: 'aws_unavailable',
      message: expect.stringMatching(/^dynamodb:Query on .* got no answer in time/),
    });
    expect(deployment.metrics.ofFleet('Heartbeat')).toHaveLength(heartbeats);
  });
});

describe('DynamoDB that hangs', () => {
  it('when the lease is taken costs three seconds and no mint', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const held = deployment.aws.dynamoDb.faults.hangNext({ operation: 'UpdateItem' });
    const answer = deployment.refresh('crm-prod');
    await held.reached;
    deployment.clock.advance(TABLE_MS);

    expect(await answer).toMatchObject({
      outcome: 'failed',
      generation: 1,
      retry_after_seconds: 10,
      message: expect.stringContaining('dynamodb:UpdateItem'),
    });
    expect(deployment.zoho.tokenCalls).toHaveLength(1);
    held.release();
  });

  it('in several calls costs three seconds in all', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { faults } = deployment.aws.dynamoDb;
    const read = faults.hangNext({ operation: 'GetItem' });
    const write = faults.hangNext({ operation: 'UpdateItem' });
    const answer = deployment.refresh('crm-prod');
    await read.reached;
    deployment.clock.advance(TABLE_MS - 1_000);
    read.release();
    await write.reached;
    deployment.clock.advance(1_000);

    expect(await answer).toMatchObject({ outcome: 'failed' });
    write.release();
  });

  it('when the result is written costs three seconds, and the connection recovers when the lease ends', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const minted = deployment.zoho.holdNextCall();
    const answer = deployment.refresh('crm-prod');
    await minted.received;
    const commit = deployment.aws.dynamoDb.faults.hangNext({ operation: 'UpdateItem' });
    minted.release();
    await commit.reached;
    deployment.clock.advance(COMMIT_MS);

    expect(await answer).toMatchObject({ outcome: 'failed', retry_after_seconds: 10 });
    expect(deployment.readToken('crm-prod')?.generation).toBe(2);
    await deployment.runMinutes(2);
    expect(deployment.readToken('crm-prod')?.generation).toBe(3);
    expect(await deployment.refresh('crm-prod', { ...COMPLAINT, rejectedGeneration: 2 })).toMatchObject({
      outcome: 'already-fresh',
      generation: 3,
    });
    commit.release();
  });
});

describe('DynamoDB that always', () => {
  it('answers 500 is an answer to a consumer, not a function error', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.aws.dynamoDb.faults.deny({ operation: '*' }, awsFault('InternalServerError'));

    expect(await deployment.refresh('crm-prod', COMPLAINT)).toMatchObject({
      outcome: 'failed',
      retry_after_seconds: 10,
      message: expect.stringContaining('dynamodb:GetItem on zoho-connections failed (InternalServerError)'),
    });
  });

  it('throttles costs three seconds, although the SDK would still wait for its next attempt', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { dynamoDb } = deployment.aws;
    dynamoDb.resetCalls();
    dynamoDb.faults.deny({ operation: '*' }, awsFault('ProvisionedThroughputExceededException'));
    const answer = deployment.refresh('crm-prod', COMPLAINT);
    while (dynamoDb.calls.length === 0) await setImmediate();
    deployment.clock.advance(TABLE_MS);

    expect(await answer).toMatchObject({ outcome: 'failed', retry_after_seconds: 10 });
  });
});

describe('Secrets Manager that hangs', () => {
  it('before the mint costs five seconds and nothing else: the lease is released', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const held = deployment.aws.secretsManager.faults.hangNext({ operation: 'GetSecretValue' });
    const answer = deployment.refresh('crm-prod');
    await held.reached;
    deployment.clock.advance(SECRETS_MS);

    expect(await answer).toMatchObject({
      outcome: 'failed',
      generation: 1,
      message: expect.stringContaining('secretsmanager:GetSecretValue'),
    });
    expect(deployment.zoho.tokenCalls).toHaveLength(1);
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      lease: undefined,
      lastFailure: { code: 'aws_unavailable' },
    });
    held.release();
  });

  it('after the mint is waited for, because the token would be lost', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const held = deployment.aws.secretsManager.faults.hangNext({ operation: 'PutSecretValue' });
    const answer = deployment.refresh('crm-prod');
    await held.reached;
    deployment.clock.advance(30_000);
    held.release();

    expect(await answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
  });

  it('after the mint ends the request before the function times out', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const held = deployment.aws.secretsManager.faults.hangNext({ operation: 'PutSecretValue' });
    const answer = deployment.refresh('crm-prod');
    await held.reached;
    deployment.clock.advance(55_000);

    expect(await answer).toMatchObject({ outcome: 'failed', generation: 1 });
    held.release();
  });
});
