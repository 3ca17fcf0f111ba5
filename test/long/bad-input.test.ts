import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { createAwsClients } from '../../lambdas/refresher/aws-clients.ts';
import { refreshConnection } from '../../lambdas/refresher/refresh-connection.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { FaultRule } from '../../sandbox/zoho/zoho-simulator.ts';
import { contextOf } from '../support/refresh-context.ts';
import { MINUTE_MS, startAuthorizedDeployment, startDeployment } from '../support/sandbox.ts';

let deployment: LocalDeployment;
afterEach(() => deployment.close());

describe('an event', () => {
  const events: [unknown, string][] = [
    [undefined, 'action must be "refresh-due" or "refresh", is missing'],
    [{}, 'action must be "refresh-due" or "refresh", is missing'],
    ['refresh-due', 'action must be'],
    [{ action: 'refresh-all' }, 'is "refresh-all"'],
    [{ action: 'refresh-due', connection: 'x' }, 'unknown "connection"'],
    [{ action: 'refresh' }, 'connection must be the name of a connection; reason must be'],
    [{ action: 'refresh', connection: '../x', reason: 'operator' }, 'letters, digits, - and _'],
    [
      { action: 'refresh', connection: 'x', reason: 'because' },
      'reason must be "unauthorized" or "operator"',
    ],
    [
      { action: 'refresh', connection: 'x', reason: 'operator', rejectedGeneration: '7' },
      'rejectedGeneration must be a whole number',
    ],
  ];

  it.each(events)('%j is rejected with a message that names the fault', async (event, message) => {
    deployment = await startDeployment();

    await expect(deployment.handler(event, lambdaContext())).rejects.toThrow(message);
    expect(deployment.zoho.tokenCalls).toEqual([]);
  });

  it('for an unknown connection names the known ones', async () => {
    deployment = await startDeployment();
    const event = { action: 'refresh', connection: 'crm-prd', reason: 'operator' };

    await expect(deployment.handler(event, lambdaContext())).rejects.toThrow(
      'There is no connection "crm-prd" in the connections table. Declared connections: crm-prod.',
    );
  });
});

describe('a credentials secret', () => {
  const complete = { client_id: 'c', client_secret: 's', refresh_token: 'r', data_center: 'eu' };
  const secrets: [string, object | string, string, string][] = [
    ['that is no JSON', 'client_id=c', 'malformed_credentials', 'does not contain a JSON object'],
    ['that is a JSON list', '[]', 'malformed_credentials', 'does not contain a JSON object'],
    [
      'without anything',
      {},
      'malformed_credentials',
      'client_id is missing; client_secret is missing; refresh_token is missing; data_center is missing',
    ],
    [
      'with an empty field',
      { ...complete, refresh_token: ' ' },
      'malformed_credentials',
      'refresh_token is empty',
    ],
    [
      'with a number',
      { ...complete, client_id: 7 },
      'malformed_credentials',
      'client_id must be a string, is a number',
    ],
    [
      'with an unknown data center',
      { ...complete, data_center: 'com' },
      'unknown_data_center',
      'data_center "com" is not known. Allowed: us, eu,',
    ],
    [
      'with a host as data center',
      { ...complete, data_center: 'https://evil.example' },
      'unknown_data_center',
      'data_center is not a location code',
    ],
  ];

  it.each(secrets)(
    '%s blocks with a specific code; Zoho is not called and the token stays',
    async (_name, value, code, message) => {
      ({ deployment } = await startAuthorizedDeployment());
      const token = deployment.readToken('crm-prod');
      deployment.putCredentials('crm-prod', value);

      const answer = await deployment.refresh('crm-prod');

      const { lastFailure, status } = await deployment.readConnection('crm-prod');
      expect(answer.outcome).toBe('blocked');
      expect(status).toBe('blocked');
      expect(lastFailure).toMatchObject({ code, message: expect.stringContaining(message) });
      expect(deployment.zoho.tokenCalls).toHaveLength(1);
      expect(deployment.readToken('crm-prod')).toEqual(token);
    },
  );

  it('with a wrong client secret blocks, and the message names the data center as a possible cause', async () => {
    const started = await startAuthorizedDeployment();
    deployment = started.deployment;
    deployment.putCredentials('crm-prod', {
      client_id: started.authorization.clientId,
      client_secret: 'wrong',
      refresh_token: started.authorization.refreshToken,
      data_center: 'us',
    });

    const answer = await deployment.refresh('crm-prod');

    const { lastFailure } = await deployment.readConnection('crm-prod');
    expect(answer.outcome).toBe('blocked');
    expect(lastFailure?.code).toBe('invalid_client');
    expect(lastFailure?.message).toContain('data center');
  });

  it('that is mended heals within five minutes', async () => {
    const started = await startAuthorizedDeployment();
    deployment = started.deployment;
    deployment.putCredentials('crm-prod', 'oops');
    await deployment.refresh('crm-prod');

    deployment.authorize('crm-prod', started.authorization);
    await deployment.runMinutes(5);

    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'active',
      publishedGeneration: 3,
    });
  });

  it('may carry keys that nobody knows, and a line break behind a pasted value', async () => {
    const started = await startAuthorizedDeployment();
    deployment = started.deployment;
    const { clientId, clientSecret, refreshToken } = started.authorization;
    deployment.putCredentials('crm-prod', {
      client_id: clientId,
      client_secret: `${clientSecret}\n`,
      refresh_token: refreshToken,
      data_center: 'EU',
      note: 'kept',
    });

    expect(await deployment.refresh('crm-prod')).toMatchObject({ outcome: 'refreshed' });
  });
});

describe('Secrets Manager', () => {
  it.each(['credentials', 'access-token'])(
    'with %s scheduled for deletion: a specific code, and the schedule goes on trying',
    async (kind) => {
      ({ deployment } = await startAuthorizedDeployment());
      deployment.aws.secretsManager.store.scheduleDeletion(`zoho/crm-prod/${kind}`);

      const answer = await deployment.refresh('crm-prod');

      expect(answer.outcome).toBe('failed');
      expect(await deployment.readConnection('crm-prod')).toMatchObject({
        status: 'active',
        lastFailure: { code: 'secret_being_deleted', message: expect.stringContaining('restore') },
      });
      deployment.aws.secretsManager.store.restore(`zoho/crm-prod/${kind}`);
      await deployment.runMinutes(3);
      expect(await deployment.readConnection('crm-prod')).toMatchObject({ failures: 0 });
    },
  );

  it('with a denied KMS key: says so, and blocks nobody', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const token = deployment.readToken('crm-prod');
    deployment.aws.secretsManager.denyKms();

    const answer = await deployment.refresh('crm-prod');

    expect(answer.outcome).toBe('failed');
    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      status: 'active',
      lastFailure: { code: 'aws_kms_denied' },
    });
    expect(deployment.readToken('crm-prod')).toEqual(token);
  });

  it('without the secret at all: a specific code', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.aws.secretsManager.store.deleteNow('zoho/crm-prod/credentials');

    await deployment.refresh('crm-prod');

    expect(await deployment.readConnection('crm-prod')).toMatchObject({
      lastFailure: { code: 'aws_not_found' },
    });
  });

  it('that is down does not use up the mint budget: the token is renewed within three minutes of its return', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const lift = deployment.aws.secretsManager.faults.deny({
      operation: 'GetSecretValue',
      secret: '*credentials',
    });
    await deployment.runMinutes(75);
    expect((await deployment.readConnection('crm-prod')).mintsMs).toHaveLength(1);
    lift();

    await deployment.runMinutes(3);

    expect(deployment.zoho.isValid(deployment.readToken('crm-prod')?.access_token ?? '')).toBe(true);
  });

  it('that refuses to store tokens for four hours does not use up the versions of a day', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const lift = deployment.aws.secretsManager.faults.deny({ operation: 'PutSecretValue' });
    await deployment.runMinutes(240);
    lift();

    await deployment.runMinutes(12);

    expect((await deployment.readConnection('crm-prod')).publishesMs.length).toBeLessThanOrEqual(2);
    expect(deployment.zoho.isValid(deployment.readToken('crm-prod')?.access_token ?? '')).toBe(true);
  });

  it('that cannot be read keeps the alarm of a blocked connection up', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.zoho.injectFault({ kind: 'error', error: 'invalid_code', calls: 1 });
    await deployment.refresh('crm-prod');
    deployment.aws.secretsManager.faults.deny({ operation: 'GetSecretValue' });

    await deployment.runMinutes(30);

    const times = deployment.metrics.ofFleet('Blocked').map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(times.length).toBeGreaterThanOrEqual(6);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6 * MINUTE_MS);
  });
});

describe("an answer of Zoho's token endpoint", () => {
  const faults: [string, FaultRule, string][] = [
    ['HTML, 503', { kind: 'html-5xx' }, 'server_error'],
    ['HTML, 403', { kind: 'html-4xx' }, 'unrecognized_response'],
    ['JSON, 500', { kind: 'server-error-json' }, 'server_error'],
    ['nothing: connection reset', { kind: 'drop' }, 'network_error'],
    ['10 MB', { kind: 'huge-body' }, 'response_too_large'],
    ['a redirect', { kind: 'redirect' }, 'redirect_refused'],
    ['garbage', { kind: 'garbage' }, 'unrecognized_response'],
    ['nothing at all, 200', { kind: 'empty' }, 'unrecognized_response'],
    ['an error nobody knows', { kind: 'error', error: 'general_error' }, 'unknown_zoho_error'],
  ];

  it.each(faults)(
    '%s: is transient, has its own code, and leaves the token alone',
    async (_name, fault, code) => {
      ({ deployment } = await startAuthorizedDeployment());
      const token = deployment.readToken('crm-prod');
      deployment.zoho.injectFault({ ...fault, calls: 1 });

      const answer = await deployment.refresh('crm-prod');

      expect(answer.outcome).toBe('failed');
      expect(await deployment.readConnection('crm-prod')).toMatchObject({
        status: 'active',
        failures: 1,
        lastFailure: { code },
      });
      expect(deployment.readToken('crm-prod')).toEqual(token);
      await deployment.runMinutes(2);
      expect(await deployment.readConnection('crm-prod')).toMatchObject({
        failures: 0,
        lastFailure: undefined,
      });
    },
  );

  it('a redirect: is never followed, least of all with credentials', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    let visits = 0;
    const elsewhere = createServer((_request, response) => {
      visits += 1;
      response.end('{"access_token":"1000.stolen.token"}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const { port } = elsewhere.address() as AddressInfo;
    deployment.zoho.injectFault({
      kind: 'redirect',
      to: `http://127.0.0.1:${port}/oauth/v2/token`,
      calls: 1,
    });

    const answer = await deployment.refresh('crm-prod');

    elsewhere.close();
    expect(answer.outcome).toBe('failed');
    expect(visits).toBe(0);
  });

  it.each(['hang', 'slow-body'] as const)('%s: is given up after ten seconds', async (kind) => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.zoho.injectFault({ kind, calls: 1 });
    const received = new Promise<void>((resolve) => {
      deployment.zoho.onTokenRequest(() => {
        resolve();
        return undefined;
      });
    });

    const answer = deployment.refresh('crm-prod');
    await received;
    deployment.clock.advance(9_999);
    const early = await Promise.race([answer.then(() => 'given up'), setImmediate('still waiting')]);
    deployment.clock.advance(1);

    expect(early).toBe('still waiting');
    expect((await answer).outcome).toBe('failed');
    expect(await deployment.readConnection('crm-prod')).toMatchObject({ lastFailure: { code: 'timeout' } });
  });

  it.each(['no-expires-in', 'legacy-expires-in', 'odd-status'] as const)(
    '%s: is a token of one hour',
    async (kind) => {
      ({ deployment } = await startAuthorizedDeployment());
      deployment.clock.advance(10 * MINUTE_MS);
      deployment.zoho.injectFault({ kind, calls: 1 });

      await deployment.refresh('crm-prod');

      expect(deployment.readToken('crm-prod')).toMatchObject({
        generation: 2,
        expires_at: '2026-01-05T10:10:00.000Z',
      });
    },
  );

  it.each(['no-api-domain', 'no-scope'] as const)('%s: keeps what was known before', async (kind) => {
    ({ deployment } = await startAuthorizedDeployment());
    deployment.zoho.injectFault({ kind, calls: 1 });

    await deployment.refresh('crm-prod');

    expect(deployment.readToken('crm-prod')).toMatchObject({
      generation: 2,
      api_domain: 'https://www.zohoapis.eu',
      scope: 'ZohoCRM.modules.ALL',
    });
  });
});

describe('an api_domain that is not the usual one', () => {
  it('is kept when a later answer leaves it out', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const context = contextOf(deployment);
    const answer = (apiDomain: string | undefined) => ({
      refresh: () =>
        Promise.resolve({
          kind: 'token' as const,
          accessToken: new Redacted('1000.x.y'),
          apiDomain,
          scope: undefined,
          lifetimeMs: 3600_000,
        }),
    });
    const operator = { kind: 'forced', reason: 'operator', rejectedGeneration: undefined } as const;

    for (const apiDomain of ['https://sandbox.zohoapis.eu', undefined]) {
      const row = await deployment.readConnection('crm-prod');
      await refreshConnection({ ...context, tokenEndpoint: answer(apiDomain) }, row, operator);
    }

    expect(deployment.readToken('crm-prod')).toMatchObject({
      generation: 3,
      api_domain: 'https://sandbox.zohoapis.eu',
    });
  });
});

describe('a published token', () => {
  it('edited by hand is replaced by the next refresh', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { store } = deployment.aws.secretsManager;
    store.put('zoho/crm-prod/access-token', { value: secretText('oops') });

    const answer = await deployment.refresh('crm-prod');

    expect(answer).toMatchObject({ outcome: 'refreshed', generation: 2 });
    expect(deployment.readToken('crm-prod')).toMatchObject({ generation: 2 });
  });

  it('of a higher generation than the table knows is overtaken, never replaced by an older one', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    const { store } = deployment.aws.secretsManager;
    const token = { ...deployment.readToken('crm-prod'), generation: 40 };
    store.put('zoho/crm-prod/access-token', { value: secretText(JSON.stringify(token)) });

    const first = await deployment.refresh('crm-prod');
    const left = deployment.readToken('crm-prod');
    await deployment.runMinutes(2);

    expect(first.outcome).toBe('failed');
    expect(left?.generation).toBe(40);
    expect(deployment.readToken('crm-prod')?.generation).toBe(41);
  });

  it('survives the loss of the connections table', async () => {
    ({ deployment } = await startAuthorizedDeployment());
    for (let n = 0; n < 3; n += 1) await deployment.refresh('crm-prod');
    const { dynamoDb } = createAwsClients({ dynamoDb: deployment.aws.clientConfig('dynamodb') });
    await dynamoDb.send(
      new DeleteItemCommand({ TableName: deployment.aws.tableName, Key: { connection: { S: 'crm-prod' } } }),
    );

    await deployment.refresh('crm-prod');
    await deployment.runMinutes(3);

    expect(deployment.readToken('crm-prod')?.generation).toBe(5);
    expect(await deployment.tick()).toMatchObject({ failed: 0 });
  });
});
