import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Redacted } from '../../lambdas/core/redacted.ts';
import { refreshConnection } from '../../lambdas/refresher/refresh-connection.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import type { SecretStore } from '../../sandbox/aws/secret-store.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { Authorization, LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { FaultRule } from '../../sandbox/zoho/zoho-simulator.ts';
import { contextOf } from '../support/refresh-context.ts';
import { MINUTE_MS, startAuthorizedDeployment } from '../support/sandbox.ts';

/** With a first token of `crm-prod`. */
let deployment: LocalDeployment;
let authorization: Authorization;
let secrets: SecretStore;

beforeEach(async () => {
  ({ deployment, authorization } = await startAuthorizedDeployment());
  secrets = deployment.aws.secretsManager.store;
});
afterEach(() => deployment.close());

const refresh = () => deployment.refresh('crm-prod');
const row = () => deployment.readConnection('crm-prod');
const token = () => deployment.readToken('crm-prod');
const tokenIsValid = () => deployment.zoho.isValid(token()?.access_token ?? '');

/** Writes the credentials secret, with changes. */
function putCredentials(changes: Record<string, string>): void {
  deployment.putCredentials('crm-prod', {
    client_id: authorization.clientId,
    client_secret: authorization.clientSecret,
    refresh_token: authorization.refreshToken,
    data_center: 'eu',
    ...changes,
  });
}

/** A token that is edited by hand. */
function putToken(text: string): void {
  secrets.put('zoho/crm-prod/access-token', { value: secretText(text) });
}

describe('an event', () => {
  it.each([
    [{ action: 'refresh-all' }, 'action must be "refresh-due" or "refresh", is "refresh-all"'],
    [
      { action: 'refresh', connection: 'crm-prd', reason: 'operator' },
      'There is no connection "crm-prd" in the connections table. Declared connections: crm-prod.',
    ],
  ])('%j is answered with a message that names the problem', async (event, message) => {
    const answer = await deployment.handler(event, lambdaContext());

    expect(answer).toMatchObject({ message: expect.stringContaining(message) });
    expect(deployment.zoho.tokenCalls).toHaveLength(1);
  });
});

describe('a credentials secret', () => {
  it.each([
    ['that is not JSON', 'client_id=c', 'malformed_credentials', 'are not a JSON object'],
    [
      'without any field',
      '{}',
      'malformed_credentials',
      'client_id is missing; client_secret is missing; refresh_token is missing; data_center is missing',
    ],
    [
      'with a host as data center',
      { data_center: 'https://evil.example' },
      'unknown_data_center',
      'data_center is not a location code',
    ],
  ])('%s blocks with its own code; Zoho is not called and the token stays', async (_, value, code, text) => {
    const published = token();
    if (typeof value === 'string') deployment.putCredentials('crm-prod', value);
    else putCredentials(value);

    const { outcome } = await refresh();

    expect(outcome).toBe('blocked');
    expect(await row()).toMatchObject({
      status: 'blocked',
      lastFailure: { code, message: expect.stringContaining(text) },
    });
    expect(deployment.zoho.tokenCalls).toHaveLength(1);
    expect(token()).toEqual(published);
  });

  it('with a wrong client secret blocks, and the message names the data center as a possible cause', async () => {
    putCredentials({ client_secret: 'wrong', data_center: 'us' });

    const { outcome } = await refresh();

    expect(outcome).toBe('blocked');
    expect((await row()).lastFailure).toMatchObject({
      code: 'invalid_client',
      message: expect.stringContaining('data center'),
    });
  });

  it('that is fixed unblocks the connection within five minutes', async () => {
    deployment.putCredentials('crm-prod', 'oops');
    await refresh();

    deployment.authorize('crm-prod', authorization);
    await deployment.runMinutes(5);

    expect(await row()).toMatchObject({ status: 'active', publishedGeneration: 3 });
  });

  it('may have unknown keys, and a line break after a pasted value', async () => {
    const { clientSecret } = authorization;
    putCredentials({ client_secret: `${clientSecret}\n`, data_center: 'EU', note: 'kept' });

    expect(await refresh()).toMatchObject({ outcome: 'refreshed' });
  });
});

describe('Secrets Manager', () => {
  it.each(['credentials', 'access-token'])(
    'with %s scheduled for deletion: the failure has its own code, and the schedule keeps trying',
    async (kind) => {
      secrets.scheduleDeletion(`zoho/crm-prod/${kind}`);

      const { outcome } = await refresh();

      expect(outcome).toBe('failed');
      expect(await row()).toMatchObject({
        status: 'active',
        lastFailure: { code: 'secret_being_deleted', message: expect.stringContaining('restore') },
      });
      secrets.restore(`zoho/crm-prod/${kind}`);
      await deployment.runMinutes(3);
      expect(await row()).toMatchObject({ failures: 0 });
    },
  );

  it('with a denied KMS key: the failure has its own code, and the connection is not blocked', async () => {
    const published = token();
    deployment.aws.secretsManager.denyKms();

    const { outcome } = await refresh();

    expect(outcome).toBe('failed');
    expect(await row()).toMatchObject({ status: 'active', lastFailure: { code: 'aws_kms_denied' } });
    expect(token()).toEqual(published);
  });

  it('without the secret: IAM denies it, and the failure says that it may not exist', async () => {
    secrets.deleteNow('zoho/crm-prod/credentials');

    await refresh();

    expect(await row()).toMatchObject({
      lastFailure: { code: 'aws_access_denied', message: expect.stringContaining('restore-secret') },
    });
  });

  it('that is down does not use up the mint budget: the token is renewed within three minutes after it', async () => {
    const read = { operation: 'GetSecretValue', secret: '*credentials' } as const;
    const lift = deployment.aws.secretsManager.faults.deny(read);
    await deployment.runMinutes(75);
    expect((await row()).mintsMs).toHaveLength(1);
    lift();

    await deployment.runMinutes(3);

    expect(tokenIsValid()).toBe(true);
  });

  it('that denies writes for four hours does not use up the versions of a day', async () => {
    const lift = deployment.aws.secretsManager.faults.deny({ operation: 'PutSecretValue' });
    await deployment.runMinutes(240);
    lift();

    await deployment.runMinutes(12);

    expect((await row()).publishesMs.length).toBeLessThanOrEqual(2);
    expect(tokenIsValid()).toBe(true);
  });
});

describe("an answer of Zoho's token endpoint", () => {
  it.each<[string, FaultRule, string]>([
    ['HTML, 503', { kind: 'html-5xx' }, 'server_error'],
    ['HTML, 403', { kind: 'html-4xx' }, 'unrecognized_response'],
    ['JSON, 500', { kind: 'server-error-json' }, 'server_error'],
    ['a reset connection', { kind: 'drop' }, 'network_error'],
    ['10 MB', { kind: 'huge-body' }, 'response_too_large'],
    ['a redirect', { kind: 'redirect' }, 'redirect_refused'],
    ['garbage', { kind: 'garbage' }, 'unrecognized_response'],
    ['an empty body, 200', { kind: 'empty' }, 'unrecognized_response'],
    ['an unknown error', { kind: 'error', error: 'general_error' }, 'unknown_zoho_error'],
  ])('%s: is transient, has its own code, and leaves the token as it is', async (_, fault, code) => {
    const published = token();
    deployment.zoho.injectFault({ ...fault, calls: 1 });

    const { outcome } = await refresh();

    expect(outcome).toBe('failed');
    expect(await row()).toMatchObject({ status: 'active', failures: 1, lastFailure: { code } });
    expect(token()).toEqual(published);
    await deployment.runMinutes(2);
    expect(await row()).toMatchObject({ failures: 0, lastFailure: undefined });
  });

  it('a redirect: is never followed, because credentials would go with it', async () => {
    let visits = 0;
    const elsewhere = createServer((_request, response) => {
      visits += 1;
      response.end('{"access_token":"1000.stolen.token"}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const to = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/oauth/v2/token`;
    deployment.zoho.injectFault({ kind: 'redirect', to, calls: 1 });

    const { outcome } = await refresh();

    elsewhere.close();
    expect(outcome).toBe('failed');
    expect(visits).toBe(0);
  });

  it.each(['hang', 'slow-body'] as const)('%s: times out after ten seconds', async (kind) => {
    deployment.zoho.injectFault({ kind, calls: 1 });
    const received = new Promise<void>((resolve) => {
      deployment.zoho.onTokenRequest(() => void resolve());
    });

    const answer = refresh();
    await received;
    deployment.clock.advance(9_999);
    const early = await Promise.race([answer.then(() => 'timed out'), setImmediate('still waiting')]);
    deployment.clock.advance(1);

    expect(early).toBe('still waiting');
    expect((await answer).outcome).toBe('failed');
    expect(await row()).toMatchObject({ lastFailure: { code: 'timeout' } });
  });

  it.each(['no-expires-in', 'legacy-expires-in', 'odd-status', 'no-api-domain', 'no-scope'] as const)(
    '%s: is a token for one hour, with the known API domain and scope',
    async (kind) => {
      deployment.clock.advance(10 * MINUTE_MS);
      deployment.zoho.injectFault({ kind, calls: 1 });

      await refresh();

      expect(token()).toMatchObject({
        generation: 2,
        expires_at: '2026-01-05T10:10:00.000Z',
        api_domain: 'https://www.zohoapis.eu',
        scope: 'ZohoCRM.modules.ALL',
      });
    },
  );
});

it('an unusual api_domain is kept when a later answer leaves it out', async () => {
  const answer = { kind: 'token', accessToken: new Redacted('1000.x.y'), lifetimeMs: 3600_000 } as const;
  const without = { refreshToken: undefined, unknownApiHost: undefined, scope: undefined };
  const operator = { kind: 'operator', rejectedGeneration: undefined } as const;

  for (const apiDomain of ['https://sandbox.zohoapis.eu', undefined]) {
    const tokenEndpoint = { refresh: async () => ({ ...answer, ...without, apiDomain }) };
    await refreshConnection({ ...contextOf(deployment), tokenEndpoint }, await row(), operator);
  }

  expect(token()).toMatchObject({ generation: 3, api_domain: 'https://sandbox.zohoapis.eu' });
});

describe('a published token', () => {
  it('of a higher generation than the table has is followed, never replaced by an older one', async () => {
    putToken(JSON.stringify({ ...token(), generation: 40 }));

    const { outcome } = await refresh();
    const kept = token();
    await deployment.runMinutes(2);

    expect(outcome).toBe('failed');
    expect(kept?.generation).toBe(40);
    expect(token()?.generation).toBe(41);
  });

  it('survives the loss of the connections table', async () => {
    for (let count = 0; count < 3; count += 1) await refresh();
    const Key = { connection: { S: 'crm-prod' } };
    const deletion = new DeleteItemCommand({ TableName: deployment.aws.tableName, Key });
    await deployment.dependencies.aws.dynamoDb.send(deletion);

    await refresh();
    await deployment.runMinutes(3);

    expect(token()?.generation).toBe(5);
    expect(await deployment.tick()).toMatchObject({ failed: 0 });
  });
});
