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
  readonly reaches?: ZohoClientErrorCode | 'TypeError: fetch failed';
  readonly happen: (consumer: CanaryConsumer, serveRefresher: ServeRefresher) => unknown;
}

export const CLIENT_PATHS: readonly CanaryClientPath[] = [
  ...uses(),
  ...rejections(),
  ...urls(),
  ...tokenSecrets(),
  ...failuresOfAws(),
  ...options(),
];

function uses(): CanaryClientPath[] {
  return [
    {
      name: 'a client and a token that are printed',
      happen: async (consumer) => {
        const client = consumer.connect();
        await consumer.try(() => client.getAccessToken());
        consumer.note('client', client);
      },
    },
    {
      name: 'a call that is answered',
      happen: (consumer) => consumer.try(() => consumer.connect().fetch('/crm/v8/Leads?fields=Last_Name')),
    },
    {
      name: 'a call that fails in the network',
      reaches: 'TypeError: fetch failed',
      happen: async (consumer) => {
        await consumer.try(() =>
          consumer.connect({ fetch: () => fetch('http://127.0.0.1:1/') }).fetch('/crm/v8/Leads'),
        );
      },
    },
    {
      name: 'a middleware whose context is printed',
      happen: (consumer) => {
        const handler = middy()
          .use(zohoAccessToken(consumer.options()))
          .handler(async (_event, context) => {
            consumer.note('context', context);
            return await context.zoho.getAccessToken();
          });
        return consumer.try(() => handler({}, lambdaContext() as never));
      },
    },
    {
      name: 'a middleware without a token',
      reaches: 'malformed_token',
      happen: (consumer) => {
        consumer.publishText(consumer.token);
        const handler = middy().use(zohoAccessToken(consumer.options()));
        return consumer.try(() => handler({}, lambdaContext() as never));
      },
    },
    {
      name: 'metrics on standard output',
      happen: async (consumer) => {
        const client = consumer.connect({ metrics: 'emf', fetch: rejecting() });
        await consumer.try(() => client.fetch('/crm/v8/Leads'));
        consumer.deployment.clock.advance(54 * MINUTE_MS);
        await withoutSecretsManager(consumer, () => consumer.try(() => client.getAccessToken()));
        await consumer.try(() => client.flush());
      },
    },
    {
      name: 'metrics sent to CloudWatch',
      happen: async (consumer) => {
        const client = consumer.connect({ metrics: 'cloudwatch', fetch: rejecting() });
        await consumer.try(() => client.fetch('/crm/v8/Leads'));
        await consumer.try(() => client.flush());
        consumer.deployment.clock.advance(54 * MINUTE_MS);
        await withoutSecretsManager(consumer, () => consumer.try(() => client.getAccessToken()));
      },
    },
  ];
}

/** Tokens that Zoho rejects. */
function rejections(): CanaryClientPath[] {
  const answered = (name: string, refresher: (consumer: CanaryConsumer) => unknown): CanaryClientPath => ({
    name: `a rejected token and a refresher that ${name}`,
    happen: async (consumer, serveRefresher) => {
      serveRefresher(() => refresher(consumer));
      const client = consumer.connect({ fetch: rejecting() });
      await consumer.try(() => client.fetch('/crm/v8/Leads'));
    },
  });
  return [
    {
      name: 'calls at once whose token is rejected and replaced',
      happen: async (consumer) => {
        const rejected = consumer.token;
        const client = consumer.connect({
          fetch: (_, init) => {
            const isRejected = new Headers(init?.headers).get('authorization')?.endsWith(rejected);
            return isRejected ? rejecting()('') : Promise.resolve(Response.json({}));
          },
        });
        const calls = Array.from({ length: 20 }, () => consumer.try(() => client.fetch('/crm/v8/Leads')));
        await Promise.all(calls);
      },
    },
    {
      name: 'a token that lacks a scope',
      happen: (consumer) => {
        const fetch = rejecting({ code: 'OAUTH_SCOPE_MISMATCH' });
        return consumer.try(() => consumer.connect({ fetch }).fetch('/crm/v8/Leads'));
      },
    },
    answered('fails', ({ token }) => {
      throw new Error(`cannot replace ${token}`);
    }),
    answered('may not be invoked', ({ token }) => {
      throw new LambdaServiceError(403, 'AccessDeniedException', `not authorized: ${token}`);
    }),
    answered('answers with the token', ({ token }) => ({ outcome: token, retry_after_seconds: token })),
    {
      name: 'a token that has run out and is not replaced',
      reaches: 'token_expired',
      happen: (consumer, serveRefresher) => {
        serveRefresher(() => ({ outcome: 'blocked', connection: consumer.token }));
        consumer.deployment.clock.advance(61 * MINUTE_MS);
        return consumer.try(() => consumer.connect().getAccessToken());
      },
    },
  ];
}

/** URLs to which a token might be sent, or whose errors might quote it. */
function urls(): CanaryClientPath[] {
  const refused = (
    name: string,
    reaches: ZohoClientErrorCode,
    url: (token: string) => string,
  ): CanaryClientPath => ({
    name: `a URL ${name}`,
    reaches,
    happen: (consumer) => consumer.try(() => consumer.connect().fetch(url(consumer.token))),
  });
  return [
    refused('of a foreign host', 'forbidden_host', () => 'https://evil.example/'),
    refused(
      'of a foreign host with the token in its query',
      'forbidden_host',
      (token) => `//evil.example/?a=${token}`,
    ),
    refused(
      'of a foreign host with the token in its path',
      'forbidden_host',
      (token) => `//evil.example/${token}`,
    ),
    refused('without TLS', 'forbidden_host', (token) => `http://www.zohoapis.eu/?a=${token}#${token}`),
    refused(
      'without TLS and with the token in its path',
      'forbidden_host',
      (token) => `http://www.zohoapis.eu/${token}`,
    ),
    refused(
      'with the token as its password',
      'invalid_url',
      (token) => `https://user:${token}@www.zohoapis.eu/`,
    ),
    refused('that is none, with the token in its query', 'invalid_url', (token) => `https://?a=${token}`),
    refused(
      'that is none, with the token as its password',
      'invalid_url',
      (token) => `https://user:${token}@/`,
    ),
  ];
}

function tokenSecrets(): CanaryClientPath[] {
  const malformed = (
    name: string,
    publish: (consumer: CanaryConsumer, token: string) => void,
  ): CanaryClientPath => ({
    name: `a token secret that ${name}`,
    reaches: 'malformed_token',
    happen: (consumer) => {
      publish(consumer, consumer.token);
      return consumer.try(() => consumer.connect().getAccessToken());
    },
  });
  return [
    malformed('is the token alone', (consumer, token) => consumer.publishText(token)),
    malformed('is cut off', (consumer, token) => consumer.publishText(`{"access_token":"${token}`)),
    malformed('has the token in all of its fields', (consumer, token) =>
      consumer.publish(token, {
        api_domain: token,
        data_center: token,
        generation: token,
        expires_at: token,
      }),
    ),
    malformed('has the token in a list', (consumer, token) =>
      consumer.publish(token, { access_token: [token] }),
    ),
    malformed('has a token that cannot stand in a header', (consumer, token) =>
      consumer.publish(token, { access_token: `${token}\r\nx: y` }),
    ),
    {
      name: 'a token secret that is empty',
      reaches: 'not_authorized',
      happen: (consumer) => {
        const { store } = consumer.deployment.aws.secretsManager;
        store.deleteNow(consumer.tokenSecret);
        store.create({ name: consumer.tokenSecret });
        return consumer.try(() => consumer.connect().getAccessToken());
      },
    },
  ];
}

function failuresOfAws(): CanaryClientPath[] {
  return [
    {
      name: 'Secrets Manager that refuses and quotes the token',
      reaches: 'secret_unavailable',
      happen: (consumer) =>
        withoutSecretsManager(consumer, () => consumer.try(() => consumer.connect().getAccessToken())),
    },
    {
      name: 'Secrets Manager whose answer is no JSON and holds the token',
      reaches: 'secret_unavailable',
      happen: (consumer) => {
        const secretsManagerClient = consumer.secretsManagerWithGarbledAnswers();
        return consumer.try(() => consumer.connect({ secretsManagerClient }).getAccessToken());
      },
    },
    {
      name: 'Secrets Manager that does not answer',
      reaches: 'secret_unavailable',
      happen: (consumer) => {
        const { faults } = consumer.deployment.aws.secretsManager;
        faults.dropNext({ operation: 'GetSecretValue', secret: consumer.tokenSecret });
        return consumer.try(() => consumer.connect().getAccessToken());
      },
    },
  ];
}

/** A token in the place of something else. */
function options(): CanaryClientPath[] {
  const wrong = (name: string, given: (token: string) => object): CanaryClientPath => ({
    name: `the token as ${name}`,
    reaches: 'invalid_options',
    happen: (consumer) => consumer.try(() => consumer.connect(given(consumer.token))),
  });
  return [
    wrong('connection', (token) => ({ connection: token })),
    wrong('prefix of the secrets', (token) => ({ secretPrefix: `${token}/` })),
    wrong('choice of metrics', (token) => ({ metrics: token })),
  ];
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
