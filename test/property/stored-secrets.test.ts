import { inspect } from 'node:util';
import { ResourceNotFoundException, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { createCredentialsSecrets } from '../../lambdas/adapters/credentials-secrets.ts';
import { createPublishedTokenReader } from '../../lambdas/adapters/published-token.ts';
import { classOf, InfrastructureError } from '../../lambdas/core/failures.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import {
  type AccessToken,
  parseAccessToken,
  serializeAccessToken,
  storedGeneration,
} from '../../lambdas/core/secrets/access-token.ts';
import { parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import { formatScopes, parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import {
  ACCESS_TOKEN,
  accessTokenSecret,
  CLIENT_ID,
  CLIENT_SECRET,
  credentialsSecret,
  REFRESH_TOKEN,
} from '../support/builders.ts';
import { LOCATIONS, type Location, leaks, ZOHO_DOMAINS } from './arbitraries.ts';
import { anyText, damagedJson, nearMisses } from './damaged-json.ts';
import { forAll, runs, runsAfter } from './fuzz-runs.ts';

const SECRETS = [CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, ACCESS_TOKEN];
const REQUIRED = ['client_id', 'client_secret', 'refresh_token', 'data_center'];

const CREDENTIALS = JSON.parse(credentialsSecret().reveal()) as Record<string, unknown>;
const TOKEN = JSON.parse(accessTokenSecret()) as Record<string, unknown>;
const NO_TEXTS = ['', ' ', '\n', null, 7, true, [], {}];

const PASTED = Object.fromEntries(Object.entries(CREDENTIALS).map(([key, value]) => [key, ` ${value}\r\n`]));

const CREDENTIALS_TELLING = {
  client_id: NO_TEXTS,
  client_secret: [...NO_TEXTS, ` ${CLIENT_SECRET}`],
  refresh_token: [...NO_TEXTS, `${REFRESH_TOKEN}\r\n`],
  data_center: [...LOCATIONS, ' EU\n', 'Us', 'com', 'https://accounts.zoho.eu', 'constructor', ...NO_TEXTS],
};
const damagedCredentials = damagedJson([CREDENTIALS, PASTED], CREDENTIALS_TELLING);

const TOKEN_TELLING = {
  access_token: [
    `${ACCESS_TOKEN}\n`,
    'x'.repeat(7),
    'x'.repeat(8),
    'x'.repeat(16_384),
    'x'.repeat(16_385),
    7,
    '',
  ],
  api_domain: [
    'https://sandbox.zohoapis.com',
    'https://www.zohoapis.eu/',
    'https://www.zohoapis.eu.evil.com',
    7,
  ],
  data_center: ['uk', 'UK', ' eu', 'constructor', 7],
  generation: [0, 7, 7.5, -1, '7', 1e12, 1e308, true],
  expires_at: ['2026-01-05T10:00:00.000Z', '2026-01-05T10:00:00Z', 'tomorrow', 1_767_603_600_000, ''],
  issued_at: ['2026-01-05T09:30:00.000Z', 'yesterday', null],
  refresh_after: ['2026-01-05T09:50:00.000Z', 'soon', 7],
};
const damagedToken = damagedJson([TOKEN], TOKEN_TELLING);

describe('a credentials secret, however damaged', () => {
  test('is credentials if its four required keys are valid; otherwise it is a failure', () =>
    forAll(
      [damagedCredentials],
      runsAfter(nearMisses(CREDENTIALS, CREDENTIALS_TELLING), 150),
      ({ text, fields }) => {
        const parsed = parseCredentials(new Redacted(text));

        expect(parsed.ok ? 'credentials' : parsed.failure.code).toBe(judgeCredentials(fields));
      },
    ));

  test('has every invalid required key named, and no other', () =>
    forAll([damagedCredentials], runs(100), ({ text, fields }) => {
      const parsed = parseCredentials(new Redacted(text));

      const message =
        parsed.ok || parsed.failure.code === 'unknown_data_center' ? '' : parsed.failure.message;
      const named = REQUIRED.filter((key) => new RegExp(`\\b${key} (is|must)\\b`).test(message));
      const faulty = fields === undefined ? [] : REQUIRED.filter((key) => !isFilledText(fields.get(key)));
      expect(named).toEqual(faulty);
    }));

  test('has its values read without surrounding spaces', () =>
    forAll([damagedCredentials], runs(60), ({ text, fields }) => {
      const parsed = parseCredentials(new Redacted(text));

      fc.pre(parsed.ok);

      const { clientId, clientSecret, refreshToken, dataCenter } = parsed.credentials;
      const [id, secret, token, location] = REQUIRED.map((key) => String(fields?.get(key)).trim());
      expect([clientId, clientSecret.reveal(), refreshToken.reveal()]).toEqual([id, secret, token]);
      expect(dataCenter).toBe(location?.toLowerCase());
    }));

  test('is never shown, neither as credentials nor as a failure', () => {
    const withSecret = damagedJson([CREDENTIALS], {}, [
      ...[CLIENT_SECRET, ` ${REFRESH_TOKEN}\n`, [CLIENT_SECRET], { [REFRESH_TOKEN]: REFRESH_TOKEN }],
    ]);

    return forAll([withSecret], runs(100), ({ text }) => {
      const parsed = parseCredentials(new Redacted(text));

      const { clientSecret, refreshToken } = parsed.ok ? parsed.credentials : NONE;
      const shown = parsed.ok ? { clientSecret, refreshToken } : parsed;
      expect(showsSecret(shown)).toBe(false);
    });
  });
});

describe('a token secret', () => {
  const timeMs = fc.oneof(fc.integer({ min: 0, max: 8.64e15 }), fc.constantFrom(0, 8.64e15));
  const token: fc.Arbitrary<AccessToken> = fc
    .record({
      accessToken: fc.stringMatching(/^[\x21-\x7e]{8,60}$/).map((text) => new Redacted(text)),
      product: fc.constantFrom('www', 'sandbox', 'desk'),
      dataCenter: fc.constantFrom(...LOCATIONS),
      scope: anyText(20),
      connection: anyText(20),
      generation: fc.oneof(fc.integer({ min: 0, max: 1e12 }), fc.constantFrom(0, 1e12)),
      issuedAtMs: timeMs,
      expiresAtMs: timeMs,
      refreshAfterMs: timeMs,
    })
    .map(({ product, ...rest }) => ({
      ...rest,
      refreshAfterMs: Math.min(rest.refreshAfterMs, rest.expiresAtMs),
      apiDomain: `https://${product}.${ZOHO_DOMAINS[rest.dataCenter][1]}`,
    }));

  test('is read as it was written, whatever it contains', () =>
    forAll([token], runs(100), (written) => {
      const parsed = parseAccessToken(serializeAccessToken(written));

      expect(parsed.ok && revealed(parsed.token)).toEqual(revealed(written));
    }));

  test('is one line of JSON with its generation', () =>
    forAll([token], runs(40), (written) => {
      const text = serializeAccessToken(written);

      expect(text).not.toMatch(/[\r\n]/);
      expect(storedGeneration(text)).toBe(written.generation);
    }));

  test('that is damaged is a token if its five required keys are valid; otherwise the invalid ones are named', () =>
    forAll([damagedToken], runsAfter(nearMisses(TOKEN, TOKEN_TELLING), 150), ({ text, fields }) => {
      const parsed = parseAccessToken(text);

      expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.split(' ')[0])).toEqual(
        faultyKeys(fields),
      );
    }));

  test('that is damaged and still a token does not change when it is written again', () =>
    forAll([damagedToken], runs(100), ({ text }) => {
      const parsed = parseAccessToken(text);
      fc.pre(parsed.ok);

      const again = parseAccessToken(serializeAccessToken(parsed.token));

      expect(again.ok && serializeAccessToken(again.token)).toBe(serializeAccessToken(parsed.token));
      expect(parsed.token.generation).toBe(storedGeneration(text));
    }));

  const anySecret = fc.oneof(
    damagedToken.map(({ text }) => text),
    fc.json(),
    fc.jsonValue().map((generation) => JSON.stringify({ generation })),
    fc.oneof(fc.double(), fc.maxSafeInteger()).map((generation) => `{"generation":${generation}}`),
  );

  test('has a generation that is a whole number in range, or unknown, for any text', () =>
    forAll([anySecret], runs(100), (text) => {
      const generation = storedGeneration(text) ?? 0;

      expect(Number.isInteger(generation) && generation >= 0 && generation <= 1e12).toBe(true);
    }));

  test('that is damaged is not shown in its problems', () => {
    const withSecret = damagedJson([TOKEN], {}, [
      ...[`${REFRESH_TOKEN} `, [REFRESH_TOKEN], { [REFRESH_TOKEN]: REFRESH_TOKEN }],
      `https://${REFRESH_TOKEN}.zohoapis.eu/x`,
    ]);

    return forAll([withSecret], runs(60), ({ text }) => {
      const parsed = parseAccessToken(text);

      expect(showsSecret(parsed)).toBe(false);
    });
  });
});

test('a consumer can read a token of any generation that a row can have', () =>
  forAll([fc.maxSafeNat()], runs(60), (generation) => {
    expect(parseAccessToken(accessTokenSecret({ generation })).ok).toBe(true);
  }));

const time = fc.oneof(
  fc.constantFrom('1', '2026', 'Jan 5 2026', '2026-01-05 10:00', 'a 1', '2026-01-05T10:00:00', '12/31/99'),
  anyText(12),
);

test('a time in a token secret must be an ISO 8601 time with a time zone', () =>
  forAll([time], runs(60), (expires_at) => {
    expect(parseAccessToken(JSON.stringify({ ...TOKEN, expires_at })).ok).toBe(false);
  }));

test('a credentials secret may begin with a byte order mark', () => {
  expect(parseCredentials(new Redacted(`\ufeff${credentialsSecret().reveal()}`)).ok).toBe(true);
});

test('the scopes of a credentials secret are read in the documented format', () =>
  forAll(
    [fc.oneof(fc.constantFrom('A.READ B.READ', ' A.READ,\nB.READ '), anyText(12))],
    runs(60),
    (scope) => {
      const parsed = parseCredentials(credentialsSecret({ scope }));
      const granted = (parsed.ok && parsed.credentials.scope) || '';

      expect(granted).toBe(formatScopes(parseScopes(granted)));
    },
  ));

describe("Secrets Manager's answer", () => {
  const text = fc.oneof(
    damagedToken.map((damaged) => damaged.text),
    damagedCredentials.map((damaged) => damaged.text),
    fc.constant(undefined),
  );
  const error = fc
    .record({
      name: fc.constantFrom(
        'AccessDeniedException',
        'ThrottlingException',
        'TimeoutError',
        'Error',
        'InternalServiceError',
      ),
      message: fc.constantFrom(...SECRETS, 'secret value'),
    })
    .map(({ name, message }) => Object.assign(new Error(message), { name }));
  const answer = fc.oneof(
    text.map((SecretString) => () => Promise.resolve({ SecretString, VersionId: 'version-1' })),
    fc.oneof(error, fc.anything()).map((thrown) => () => Promise.reject(thrown)),
  );

  test('is a token, a list of problems or an InfrastructureError for a consumer, without its text', () =>
    forAll([answer], runs(60), async (send) => {
      const read = createPublishedTokenReader(clientOf(send), 'zoho/crm/access-token');
      const outcome = await outcomeOf(() => callAws(CALL, () => read()));

      expect(outcome instanceof InfrastructureError || typeof outcome.ok === 'boolean').toBe(true);
      expect(showsSecret(outcome instanceof Error ? outcome.failure : outcome)).toBe(false);
    }));

  test('is the text or an InfrastructureError for the refresher, and is never shown', () => {
    const { signal } = new AbortController();

    return forAll([answer], runs(60), async (send) => {
      const outcome = await outcomeOf(() =>
        createCredentialsSecrets(clientOf(send), 'zoho').read('crm', signal),
      );

      const isAwsFailure = outcome instanceof InfrastructureError && classOf(outcome.code) === 'aws';
      expect(isAwsFailure || (!(outcome instanceof Error) && outcome.kind === 'found')).toBe(true);
      expect(showsSecret(outcome instanceof Error ? outcome.failure : outcome)).toBe(false);
    });
  });

  test('that there is no value is not a failure, whatever its wording', () => {
    const words = fc.tuple(anyText(10), fc.constantFrom('secret value', 'Secret Value'), anyText(10));
    const { signal } = new AbortController();

    return forAll([words], runs(20), async (parts) => {
      const noValue = new ResourceNotFoundException({ message: parts.join(''), $metadata: {} });
      const client = clientOf(() => Promise.reject(noValue));

      const forConsumer = await createPublishedTokenReader(client, 'zoho/crm/access-token')();
      const forRefresher = await createCredentialsSecrets(client, 'zoho').read('crm', signal);

      expect(forConsumer).toEqual({ ok: false, problems: 'empty' });
      expect(forRefresher).toEqual({ kind: 'empty' });
    });
  });
});

const CALL = { action: 'secretsmanager:GetSecretValue', resource: 'zoho/crm/access-token' };
const NONE = { clientSecret: undefined, refreshToken: undefined };

/** What a credentials secret is according to the documentation, judged by its keys alone. */
function judgeCredentials(fields: ReadonlyMap<string, unknown> | undefined): string {
  if (fields === undefined || !REQUIRED.every((key) => isFilledText(fields.get(key))))
    return 'malformed_credentials';
  const isKnown = isLocation(String(fields.get('data_center')).trim().toLowerCase());
  return isKnown ? 'credentials' : 'unknown_data_center';
}

function isLocation(value: unknown): boolean {
  return LOCATIONS.some((location) => location === value);
}

function isFilledText(value: unknown): boolean {
  return typeof value === 'string' && /\S/.test(value);
}

/** The invalid required keys of a token secret, or "it" if it is not an object. */
function faultyKeys(fields: ReadonlyMap<string, unknown> | undefined): string[] {
  if (fields === undefined) return ['it'];
  const [token, apiDomain, dataCenter, generation, expiresAt] = TOKEN_KEYS.map((key) => fields.get(key));
  const isSound = [
    typeof token === 'string' && /^[!-~]{8,16384}$/.test(token),
    typeof apiDomain === 'string' &&
      /^https:\/\/(www\.zohoapis\.eu\/?|sandbox\.zohoapis\.com)$/.test(apiDomain) &&
      (!isLocation(dataCenter) || apiDomain.includes(ZOHO_DOMAINS[dataCenter as Location][1])),
    isLocation(dataCenter),
    typeof generation === 'number' && generation >= 0 && generation <= 1e12 && generation % 1 === 0,
    typeof expiresAt === 'string' && ISO_8601.test(expiresAt),
  ];
  return TOKEN_KEYS.filter((_, index) => !isSound[index]);
}

const TOKEN_KEYS = ['access_token', 'api_domain', 'data_center', 'generation', 'expires_at'];
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/;

function revealed(token: AccessToken) {
  return { ...token, accessToken: token.accessToken.reveal() };
}

function clientOf(send: () => Promise<unknown>): SecretsManagerClient {
  return { send } as unknown as SecretsManagerClient;
}

async function outcomeOf<T>(read: () => Promise<T>): Promise<T | InfrastructureError> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InfrastructureError) return error;
    throw error;
  }
}

function showsSecret(value: unknown): boolean {
  const isToken = typeof value === 'object' && value !== null && 'token' in value;
  const shown = isToken
    ? { ...value, token: { ...(value.token as object), scope: '', connection: '' } }
    : value;
  const text = JSON.stringify(shown) + inspect(shown, { depth: 9, showHidden: true });
  return SECRETS.some((secretText) => leaks(text, secretText));
}
