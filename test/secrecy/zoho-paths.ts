import type { FailureCode } from '../../lambdas/core/failures.ts';
import type { Authorization } from '../../sandbox/deployment/local-deployment.ts';
import type { Fault } from '../../sandbox/zoho/zoho-simulator.ts';
import type { CanaryConnection } from './canary-connection.ts';
import { type CanaryPath, path } from './path.ts';

/** Mistakes in the credentials. */
export function pathsOfCredentials(): CanaryPath[] {
  const given = (
    name: string,
    reaches: CanaryPath['reaches'],
    changes: (authorization: Authorization) => object,
  ) =>
    path(`credentials with ${name}`, reaches, async (connection) => {
      connection.putCredentials(changes(connection.authorization));
      await connection.ask();
    });
  const text = (name: string, write: (authorization: Authorization) => string) =>
    path(`credentials that are ${name}`, 'malformed_credentials', async (connection) => {
      connection.deployment.putCredentials(connection.name, write(connection.authorization));
      await connection.ask();
    });
  const client = (
    name: string,
    reaches: CanaryPath['reaches'],
    value: (authorization: Authorization) => object,
  ) =>
    path(`credentials with a shared client ${name}`, reaches, async (connection) => {
      connection.deployment.putClient(connection.name, value(connection.authorization));
      connection.putCredentials({ client: connection.name, client_id: undefined, client_secret: undefined });
      await connection.ask();
    });
  return [
    text('the client secret alone', ({ clientSecret }) => clientSecret),
    text('the refresh token as a JSON string', ({ refreshToken }) => JSON.stringify(refreshToken)),
    text('a list', (authorization) => JSON.stringify(Object.values(authorization))),
    text('cut off', ({ refreshToken }) => `{"refresh_token":"${refreshToken.slice(0, 40)}`),
    text('a form', (authorization) => new URLSearchParams({ ...authorization }).toString()),
    given('the refresh token in a list', 'malformed_credentials', ({ refreshToken }) => ({
      refresh_token: [refreshToken],
    })),
    given('the client secret as data center', 'unknown_data_center', ({ clientSecret }) => ({
      data_center: clientSecret,
    })),
    given('the refresh token as data center', 'unknown_data_center', ({ refreshToken }) => ({
      data_center: `https://accounts.zoho.eu/?refresh_token=${refreshToken}`,
    })),
    given('the client secret as client id', 'invalid_client', ({ clientSecret }) => ({
      client_id: clientSecret,
    })),
    given('both secrets swapped', 'invalid_client_secret', ({ clientSecret, refreshToken }) => ({
      client_secret: refreshToken,
      refresh_token: clientSecret,
    })),
    given('a client that does not exist', 'unknown_client', () => ({
      client: 'no-such-client',
      client_id: undefined,
      client_secret: undefined,
    })),
    client('without a secret', 'malformed_client', ({ clientSecret }) => ({ client_id: clientSecret })),
    client('of another data center', 'client_without_data_center', ({ clientId, clientSecret }) => ({
      client_id: clientId,
      data_center: 'us',
      client_secrets: { us: clientSecret },
    })),
    client('of this connection', 'refreshed', ({ clientId, clientSecret }) => ({
      client_id: clientId,
      data_center: 'eu',
      client_secret: clientSecret,
    })),
    given('an unknown refresh token', 'invalid_code', ({ refreshToken }) => ({
      refresh_token: refreshToken.replace(/.$/, 'x'),
    })),
    given('both secrets as unknown keys', 'refreshed', ({ clientSecret, refreshToken }) => ({
      [clientSecret]: refreshToken,
      [refreshToken]: clientSecret,
    })),
    given('both secrets in optional fields', 'refreshed', ({ clientSecret, refreshToken }) => ({
      client_type: clientSecret,
      authorized_at: refreshToken,
      authorized_by: {
        zuid: refreshToken,
        email: clientSecret,
        org_id: clientSecret,
        aws_principal: `arn:aws:iam::000000000000:user/${refreshToken}`,
      },
    })),
    path(
      'credentials with the refresh token among the scopes, when Zoho returns none',
      'refreshed',
      async (connection) => {
        connection.putCredentials({ scope: `ZohoCRM.modules.ALL,${connection.authorization.refreshToken}` });
        connection.deployment.zoho.injectFault({ kind: 'no-scope', ...once(connection) });
        await connection.ask();
      },
    ),
  ];
}

export function pathsOfAnswers(): CanaryPath[] {
  const fault = (name: string, reaches: FailureCode, given: Fault) =>
    path(`an answer of Zoho that is ${name}`, reaches, async (connection) => {
      connection.deployment.zoho.injectFault({ ...given, ...once(connection) });
      await connection.ask();
    });
  return [
    fault('HTML, 503', 'server_error', { kind: 'html-5xx' }),
    fault('HTML, 403', 'unrecognized_response', { kind: 'html-4xx' }),
    fault('a reset connection', 'network_error', { kind: 'drop', withEffect: true }),
    fault('endless', 'response_too_large', { kind: 'huge-body' }),
    fault('a redirect', 'redirect_refused', { kind: 'redirect' }),
    fault('garbage', 'unrecognized_response', { kind: 'garbage' }),
    fault('an unknown error', 'unknown_zoho_error', { kind: 'error', error: 'general_error' }),
    fault('a token that is too long', 'token_too_long', { kind: 'overlong-token' }),
    fault('a throttle', 'throttled', { kind: 'throttle' }),
    ...(
      ['invalid_code', 'invalid_grant', 'invalid_token', 'invalid_client', 'invalid_client_secret'] as const
    ).map((error) => fault(`"${error}"`, error, { kind: 'error', error })),
    path('a refusal of credentials that Zoho accepted', 'invalid_code', async (connection) => {
      await connection.ask();
      connection.deployment.zoho.injectFault({ kind: 'error', error: 'invalid_code', ...once(connection) });
      await connection.ask();
    }),
    path('an answer of Zoho that never comes', 'timeout', async (connection) => {
      const held = connection.deployment.zoho.holdNextCall();
      const answer = connection.ask();
      await held.received;
      connection.deployment.clock.advance(10_000);
      await answer;
      held.abandon();
    }),
  ];
}

/** Answers of Zoho, or of a proxy, that repeat the request. */
export function pathsOfEchoes(): CanaryPath[] {
  const echo = (
    name: string,
    reaches: CanaryPath['reaches'],
    answer: (authorization: Authorization, quote: string) => [body: string | object, init?: ResponseInit],
  ) =>
    path(`an answer of Zoho with ${name}`, reaches, (connection) =>
      connection.ask({}, connection.zohoAnswers(...answer(connection.authorization, connection.quote))),
    );
  const token = { access_token: `1000.${'5e'.repeat(16)}.${'c7'.repeat(16)}`, expires_in: 3600 };
  return [
    echo('the refresh token as its error', 'unknown_zoho_error', ({ refreshToken }) => [
      { error: refreshToken },
    ]),
    echo('the credentials beside its error', 'invalid_code', (_, quote) => [
      { error: 'invalid_code', error_description: quote, message: quote },
    ]),
    echo('the credentials in HTML, 200', 'unrecognized_response', (_, quote) => [`<html>${quote}</html>`]),
    echo('the credentials in HTML, 502', 'server_error', (_, quote) => [
      `<html>${quote}</html>`,
      { status: 502 },
    ]),
    echo('the refresh token in its reason phrase', 'unrecognized_response', ({ refreshToken }) => [
      '',
      { status: 400, statusText: refreshToken },
    ]),
    echo('the credentials in a redirect', 'redirect_refused', ({ clientSecret, refreshToken }) => [
      '',
      { status: 302, headers: { location: `https://x.example/?a=${clientSecret}&b=${refreshToken}` } },
    ]),
    echo('the credentials in a truncated text', 'unrecognized_response', (_, quote) => [
      `{"access_token": "${quote}`,
    ]),
    echo('the credentials in unused fields of a success', 'refreshed', ({ clientSecret, refreshToken }) => [
      { ...token, refresh_token: refreshToken, token_type: clientSecret },
    ]),
    echo('the refresh token as its API domain', 'refreshed', ({ refreshToken }) => [
      { ...token, api_domain: `https://${refreshToken}.zohoapis.eu` },
    ]),
    echo('its own access token as its API domain', 'refreshed', () => [
      { ...token, api_domain: `https://${token.access_token}.zohoapis.eu` },
    ]),
    echo('the refresh token as its scope', 'refreshed', ({ refreshToken }) => [
      { ...token, scope: refreshToken },
    ]),
    echo('the client secret among its scopes', 'refreshed', ({ clientSecret }) => [
      { ...token, scope: `ZohoCRM.modules.ALL ${clientSecret}` },
    ]),
    echo('the refresh token as its access token', 'unrecognized_response', ({ refreshToken }) => [
      { ...token, access_token: refreshToken },
    ]),
    path('a network error that quotes the request', 'network_error', (connection) =>
      connection.ask(
        {},
        {
          fetch: (_, init) => {
            const cause = Object.assign(new Error(connection.quote), {
              code: connection.authorization.refreshToken,
            });
            throw Object.assign(new TypeError(`fetch failed: ${init?.body}`, { cause }), { request: init });
          },
        },
      ),
    ),
    path('an answer that ends with an error that quotes the request', 'network_error', (connection) =>
      connection.ask(
        {},
        {
          fetch: (_, init) => {
            const start = (controller: ReadableStreamDefaultController) =>
              controller.error(new Error(String(init?.body)));
            return Promise.resolve(new Response(new ReadableStream({ start })));
          },
        },
      ),
    ),
  ];
}

function once({ authorization }: CanaryConnection): { refreshToken: string; calls: number } {
  return { refreshToken: authorization.refreshToken, calls: 1 };
}
