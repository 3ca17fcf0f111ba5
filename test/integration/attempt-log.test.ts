import { afterEach, describe, expect, it, vi } from 'vitest';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { Authorization, LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import {
  MINUTE_MS,
  putRow,
  startAuthorizedDeployment,
  startDeployment,
  updateRow,
} from '../support/sandbox.ts';

let deployment: LocalDeployment;
let authorization: Authorization;
afterEach(async () => {
  vi.unstubAllEnvs();
  await deployment.close();
});

async function startAuthorized(): Promise<void> {
  ({ deployment, authorization } = await startAuthorizedDeployment());
  attempts();
}

/** The log lines about attempts since the last call. */
function attempts(): Record<string, unknown>[] {
  const lines = deployment.log.lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>);
  return lines.filter((line) => 'outcome' in line);
}

/** These are the attempts since the last call, each with at least these fields. */
function expectAttempts(...fields: object[]): void {
  expect(attempts()).toEqual(fields.map((each) => expect.objectContaining(each)));
}

describe('an attempt has one log line', () => {
  it('that published a token', async () => {
    deployment = await startDeployment();
    deployment.authorize('crm-prod');

    await deployment.tick();

    expectAttempts({
      level: 'INFO',
      message: 'refreshed',
      connection: 'crm-prod',
      outcome: 'refreshed',
      trigger: 'schedule',
      decision: 'credentials-found',
      status: 'active',
      generation: 1,
      dataCenter: 'eu',
      expiresAt: '2026-01-05T10:00:00.000Z',
      nextAttemptAt: expect.stringMatching(/^2026-01-05T09:5[23]:/),
      durationsMs: { total: 0, table: 0, credentials: 0, zoho: 0, publish: 0 },
    });
  });

  it('that Zoho refused: our code, its class, and its own word', async () => {
    await startAuthorized();
    deployment.zoho.revoke(authorization.refreshToken);

    await deployment.refresh('crm-prod');

    expectAttempts({
      level: 'WARN',
      message: 'refresh failed',
      outcome: 'failed',
      trigger: 'operator',
      status: 'active',
      generation: 2,
      code: 'invalid_code',
      confirmed: false,
      class: 'reauthorize',
      zohoError: 'invalid_code',
      reason: expect.stringContaining('Authorize the connection again.'),
    });
  });

  it('that Zoho throttled, without quoting unknown words', async () => {
    await startAuthorized();

    const words = [];
    for (const variant of ['english', 'chinese'] as const) {
      deployment.zoho.injectFault({ kind: 'throttle', variant, calls: 1 });
      await deployment.refresh('crm-prod');
      deployment.clock.advance(40 * MINUTE_MS);
      words.push(...attempts().map(({ code, zohoError }) => [code, zohoError]));
    }

    expect(words).toEqual([
      ['throttled', 'Access Denied'],
      ['throttled', undefined],
    ]);
  });

  it('that a rejected token asked for, and which', async () => {
    await startAuthorized();

    await deployment.refresh('crm-prod', { reason: 'unauthorized', rejectedGeneration: 0 });

    expectAttempts({
      level: 'INFO',
      message: 'not refreshed',
      outcome: 'already-fresh',
      decision: 'newer-token',
      reason: 'A newer token than the rejected one is published.',
      trigger: 'unauthorized',
      rejectedGeneration: 0,
      durationsMs: { total: 0 },
    });
  });

  it('in which Zoho and AWS failed: what Zoho said, and why it could not be recorded', async () => {
    await startAuthorized();
    deployment.zoho.revoke(authorization.refreshToken);
    deployment.zoho.onTokenRequest(() => {
      deployment.aws.dynamoDb.faults.deny({ operation: 'UpdateItem' });
      return undefined;
    });

    const answer = await deployment.refresh('crm-prod');

    expect(answer).toMatchObject({ outcome: 'failed', retry_after_seconds: 90 });
    expectAttempts({
      message: 'refresh failed',
      outcome: 'failed',
      code: 'invalid_code',
      unwritten: 'aws_access_denied',
    });
  });

  it('that found no credentials, or a connection that is no longer declared', async () => {
    deployment = await startDeployment();

    await deployment.tick();

    expectAttempts({ level: 'INFO', message: 'waiting for credentials', code: 'no_credentials' });

    const handler = deployment.compose({ config: { ...deployment.config, declaredConnections: {} } });
    deployment.clock.advance(10 * MINUTE_MS);
    await handler({ action: 'refresh-due' }, lambdaContext());

    expectAttempts({ level: 'WARN', message: 'connection retired', code: 'undeclared' });
  });

  it('whose token lacks a declared scope: a warning that names it', async () => {
    deployment = await startDeployment({
      connections: {
        'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'] },
      },
    });
    deployment.authorize('crm-prod');
    deployment.zoho.injectFault({ kind: 'narrowed-scope', calls: 1 });

    await deployment.tick();

    expectAttempts({
      level: 'WARN',
      message: 'refreshed',
      missingScopes: ['ZohoCRM.users.READ'],
    });
  });

  it.each([
    ['published', 'the lease was taken over before this attempt could write its token', {}],
    ['was refused', 'refresh failed', { code: 'invalid_code' }],
  ])('that %s after it had lost its lease', async (what, message, why) => {
    await startAuthorized();
    if (what === 'was refused') deployment.zoho.revoke(authorization.refreshToken);
    const held = deployment.zoho.holdNextCall();

    const answer = deployment.refresh('crm-prod');
    await held.received;
    await updateRow(deployment, 'SET leaseOwner = :other, generation = generation + :one', {
      ':other': { S: 'another holder' },
      ':one': { N: '1' },
    });
    held.release();

    expect(await answer).toMatchObject({ outcome: 'in-progress' });
    expectAttempts({ ...why, level: 'WARN', message, leaseLost: true, generation: 2 });
    expect(deployment.aws.eventBridge.events).toEqual([]);
  });

  it('that failed because a row cannot be read or written', async () => {
    deployment = await startDeployment();
    await putRow(deployment, {
      connection: { S: 'by-hand' },
      queue: { S: 'due' },
      nextAttemptAt: { N: '1' },
    });
    deployment.aws.dynamoDb.faults.deny({ operation: 'PutItem' });

    await deployment.tick();

    const failed = { level: 'ERROR', message: 'refresh failed', outcome: 'failed', class: 'aws' };
    expectAttempts(
      {
        ...failed,
        connection: 'crm-prod',
        code: 'aws_access_denied',
        reason: expect.stringContaining('dynamodb:PutItem on'),
      },
      {
        ...failed,
        connection: 'by-hand',
        code: 'malformed_row',
        reason: expect.stringContaining('Fix or restore it.'),
      },
    );
    expect(deployment.metrics.ofFleet('RefreshFailed')).toHaveLength(2);
  });

  it('says how long the refresher waited for each system', async () => {
    await startAuthorized();
    deployment.zoho.onTokenRequest(() => {
      deployment.clock.advance(740);
      return undefined;
    });

    await deployment.refresh('crm-prod');

    expectAttempts({
      durationsMs: { total: 740, table: 0, credentials: 0, zoho: 740, publish: 0 },
    });
  });

  it('and nothing else: an hour of ticks leaves one line per attempt', async () => {
    ({ deployment } = await startAuthorizedDeployment());

    await deployment.runMinutes(60);

    expect(attempts().map(({ message }) => message)).toEqual(['refreshed', 'refreshed']);
    expect(deployment.zoho.tokenCalls).toHaveLength(2);
  });
});

describe('every line', () => {
  it('has the trace id of its invocation, for X-Ray', async () => {
    await startAuthorized();

    for (const root of ['1-5759e988-bd862e3fe1be46a994272793', '1-5759e98c-0000000000000000000000ff']) {
      vi.stubEnv('_X_AMZN_TRACE_ID', `Root=${root};Parent=557abcec3ee5a047;Sampled=1`);
      await deployment.refresh('crm-prod');
    }

    expect(attempts().map(({ xray_trace_id }) => xray_trace_id)).toEqual([
      '1-5759e988-bd862e3fe1be46a994272793',
      '1-5759e98c-0000000000000000000000ff',
    ]);
  });
});
