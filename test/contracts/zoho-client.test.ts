import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createZohoClient, ZohoClientError } from '../../lambdas/client/index.ts';
import { createFakeZohoClient } from '../../lambdas/testing/index.ts';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';
import { secretText } from '../../sandbox/aws/secret-record.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { startAuthorizedDeployment } from '../support/sandbox.ts';
import { type ClientUnderTest, describeZohoClient } from './zoho-client.ts';

type Untyped = Record<'failWith' | 'rejectToken' | 'answer', (...given: unknown[]) => void>;

describe('the fake', () => {
  describeZohoClient(() => {
    const zoho = createFakeZohoClient();
    return {
      zoho,
      answer: zoho.answer,
      rejectToken: zoho.rejectToken,
      requests: () => zoho.calls.length,
      fail: zoho.failWith,
    };
  });

  it('fails with token_expired, and works again afterwards', async () => {
    const zoho = createFakeZohoClient();
    zoho.failWith('token_expired');
    await expect(zoho.getAccessToken()).rejects.toBeInstanceOf(ZohoClientError);
    await expect(zoho.getAccessToken()).rejects.toMatchObject({ code: 'token_expired' });

    zoho.failWith(undefined);

    expect((await zoho.getAccessToken()).generation).toBe(1);
  });

  it.each<[string, (zoho: Untyped) => unknown]>([
    ['a code that no deployment causes', (zoho) => zoho.failWith('timeout')],
    ['a negative number of rejections', (zoho) => zoho.rejectToken(-1)],
    ['rejections that are no number', (zoho) => zoho.rejectToken('x')],
    ['a path without a slash', (zoho) => zoho.answer('leads', {})],
    ['a path with a query', (zoho) => zoho.answer('/crm/v8/Leads?fields=', {})],
    ['a path that URLs have in another form', (zoho) => zoho.answer('/crm/../Leads', {})],
    ['a method in lower case', (zoho) => zoho.answer('get /crm/v8/Leads', {})],
    ['no answer', (zoho) => zoho.answer('/crm/v8/Leads')],
    ['an option that does not exist', () => createFakeZohoClient({ answer: {} } as object)],
    ['an answer that matches no request', () => createFakeZohoClient({ answers: { leads: {} } })],
  ])('refuses %s, which would have no effect', (_, use) => {
    expect(() => use(createFakeZohoClient() as unknown as Untyped)).toThrow(TypeError);
  });

  it('records calls, and answers by method, with responses and with functions', async () => {
    const zoho = createFakeZohoClient({
      answers: {
        '/crm/v8/Leads': ({ url }) => ({ page: url.searchParams.get('page') }),
        'POST /crm/v8/Leads': Response.json({ code: 'INVALID_DATA' }, { status: 400 }),
      },
    });

    const read = await (await zoho.fetch('/crm/v8/Leads?page=2')).json();
    const body = JSON.stringify({ data: [] });
    const written = await zoho.fetch('/crm/v8/Leads', { method: 'POST', body });
    await zoho.fetch('/crm/v8/Leads', { method: 'POST', body });

    expect(read).toEqual({ page: '2' });
    expect(written.status).toBe(400);
    expect(zoho.calls.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)).toEqual([
      'GET /crm/v8/Leads?page=2',
      'POST /crm/v8/Leads',
      'POST /crm/v8/Leads',
    ]);
    expect(zoho.calls[1]?.body).toBe(body);
    expect(zoho.calls[1]?.headers.get('authorization')).toBe('Zoho-oauthtoken fake-access-token-1');
  });

  it('names the answers it has when a call has none', async () => {
    const zoho = createFakeZohoClient({ answers: { '/crm/v8/Leads': {} } });

    await expect(zoho.fetch('/crm/v8/Deals')).rejects.toThrow(
      'The fake has no answer for GET /crm/v8/Deals. It has answers for: /crm/v8/Leads.',
    );
  });
});

describe('the client', () => {
  let deployment: LocalDeployment;
  let lambda: LambdaEndpoint;
  beforeEach(async () => {
    await Promise.all([deployment?.close(), lambda?.close()]);
    ({ deployment } = await startAuthorizedDeployment());
    // A rejection of a token that was issued a moment ago is not taken seriously.
    deployment.clock.advance(60_000);
    lambda = await startLambdaEndpoint({
      functions: {
        // Not sooner than the refresher publishes two tokens of a connection.
        refresher: (event) => {
          deployment.clock.advance(60_000);
          return deployment.handler(event as never, lambdaContext());
        },
      },
    });
  });
  afterAll(() => Promise.all([deployment.close(), lambda.close()]));

  describeZohoClient(() => startReal(deployment, lambda));
});

/** The real client on the sandbox's servers. Only Zoho's API is answered here. */
function startReal(deployment: LocalDeployment, lambda: LambdaEndpoint): ClientUnderTest {
  const secret = 'zoho/crm-prod/access-token';
  const answers = new Map<string, object>();
  let rejections = 0;
  let requests = 0;
  const zoho = createZohoClient({
    connection: 'crm-prod',
    refresherFunctionName: 'refresher',
    metrics: 'off',
    secretsManagerClient: new SecretsManagerClient({
      ...deployment.aws.clientConfig('secretsmanager'),
      maxAttempts: 1,
    }),
    lambdaClient: new LambdaClient({
      region: 'eu-west-1',
      endpoint: lambda.endpoint,
      credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
      maxAttempts: 1,
    }),
    fetch: (input) => {
      requests += 1;
      rejections -= 1;
      const isRejected = rejections >= 0;
      const json = isRejected
        ? { code: 'INVALID_TOKEN' }
        : (answers.get(new URL(String(input)).pathname) ?? {});
      return Promise.resolve(Response.json(json, { status: isRejected ? 401 : 200 }));
    },
    clock: { now: () => deployment.clock.now(), sleep: () => Promise.resolve() },
  });
  return {
    zoho,
    answer: (path, json) => answers.set(path, json),
    rejectToken: (times) => {
      rejections = times;
    },
    requests: () => requests,
    fail: (code) => {
      const { faults, store } = deployment.aws.secretsManager;
      const target = { operation: 'GetSecretValue', secret } as const;
      if (code === 'malformed_token') store.put(secret, { value: secretText('{}') });
      else faults.deny(target, code === 'not_authorized' ? WITHOUT_VALUE : undefined);
    },
  };
}

const WITHOUT_VALUE = awsFault(
  'ResourceNotFoundException',
  "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
);
