import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildAccountsRequest } from '../../lambdas/adapters/accounts-request.ts';
import { createZohoAccounts, refreshRequest } from '../../lambdas/adapters/zoho-accounts.ts';
import { isFailureCode } from '../../lambdas/core/failures.ts';
import { Redacted } from '../../lambdas/core/redacted.ts';
import type { Credentials } from '../../lambdas/core/secrets/credentials.ts';
import { DATA_CENTER_LOCATIONS } from '../../lambdas/core/zoho/data-centers.ts';
import { parseTokenResponse } from '../../lambdas/core/zoho/token-response.ts';
import { ManualClock } from '../../sandbox/deployment/clock.ts';
import {
  ACCESS_TOKEN,
  CLIENT_ID,
  CLIENT_SECRET,
  NOW_MS,
  REFRESH_TOKEN,
  tokenBody,
} from '../support/builders.ts';
import { leaks, ZOHO_DOMAINS } from './arbitraries.ts';
import { anyText, damagedJson } from './damaged-json.ts';
import { forAll, runs } from './fuzz-runs.ts';

const KB_64 = 64 * 1024;
const SECRETS = [ACCESS_TOKEN, CLIENT_SECRET, REFRESH_TOKEN];

const documentOf = (json: string) => JSON.parse(json) as Record<string, unknown>;

/** Statuses that a `Response` can have with a body. */
const status = fc.oneof(
  fc.constantFrom(200, 302, 400, 429, 500),
  fc.integer({ min: 200, max: 599 }).filter((code) => ![204, 205, 304].includes(code)),
);

const bodyText = fc.oneof(
  damagedJson(
    [documentOf(tokenBody({ scope: '访问被拒绝,访问被拒绝。' })), { error: 'invalid_code' }],
    {},
    SECRETS,
  ).map(({ text }) => text),
  anyText(200),
  fc.constantFrom(
    '',
    `<html>${REFRESH_TOKEN}</html>`,
    `{"error":"${CLIENT_SECRET}`,
    tokenBody({ scope: '访问' }),
  ),
);
const body = fc.oneof(
  bodyText.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
);

/** Where a body is split, as fractions of its length. */
const cuts = fc.array(
  fc.nat({ max: 1000 }).map((thousandths) => thousandths / 1000),
  { maxLength: 8 },
);

/** What a platform may throw: errors with any text, or something that is not an error. */
const thrown = fc.oneof(
  fc.constantFrom<unknown>(
    new TypeError('fetch failed', { cause: Object.assign(new Error(REFRESH_TOKEN), { code: 'ECONNRESET' }) }),
    new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: REFRESH_TOKEN }) }),
    new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: Symbol('x') }) }),
    new DOMException(CLIENT_SECRET, 'AbortError'),
    undefined,
    null,
    new Error(REFRESH_TOKEN, { cause: { code: CLIENT_SECRET } }),
    CLIENT_SECRET,
  ),
  fc.anything(),
);

describe("the response of Zoho's accounts server", () => {
  test('is judged by its whole body, in any number of chunks', () =>
    forAll(
      [
        status,
        fc.oneof(bodyText, fc.constant(tokenBody({ scope: '访问被拒绝,您连续发出了太多请求。'.repeat(9) }))),
        cuts,
      ],
      runs(60),
      async (httpStatus, sent, parts) => {
        const { response } = respond(httpStatus, pieces(Buffer.from(sent), parts));

        const judged = await refreshWith(() => Promise.resolve(response));

        expect(revealed(judged)).toEqual(
          revealed(parseTokenResponse({ status: httpStatus, body: wellFormed(sent) })),
        );
      },
    ));

  test('is a token or a failure without a secret, also if the connection breaks', () =>
    forAll(
      [status, body, cuts, fc.option(fc.nat({ max: 8 }), { nil: Number.POSITIVE_INFINITY }), thrown],
      runs(100),
      async (httpStatus, bytes, parts, at, error) => {
        const { response } = respond(httpStatus, pieces(bytes, parts), { at, error });

        const judged = await refreshWith(() => Promise.resolve(response));

        expect(judged.kind === 'token' || isFailureCode(judged.failure.code)).toBe(true);
        expect(showsSecret(judged)).toBe(false);
      },
    ));

  test('is a failure without a secret if there is none, whatever was thrown', () =>
    forAll([thrown, fc.boolean()], runs(60), async (error, isSynchronous) => {
      const judged = await refreshWith(() => {
        if (isSynchronous) throw error;
        return Promise.reject(error);
      });

      expect(judged).toMatchObject({ kind: 'refused', failure: { code: 'network_error' } });
      expect(showsSecret(judged)).toBe(false);
    }));

  const size = fc.oneof(
    fc.integer({ min: KB_64 - 2, max: KB_64 + 2 }),
    fc.integer({ min: 0, max: 4 * KB_64 }),
  );

  test('is read up to 64 KB and not a chunk further', () =>
    forAll(
      [
        status,
        size,
        fc.oneof(fc.integer({ min: 1000, max: 20_000 }), fc.constantFrom(1024, KB_64, KB_64 + 1)),
      ],
      runs(30),
      async (httpStatus, bytes, pieceBytes) => {
        const count = Math.ceil(bytes / pieceBytes);
        const parts = Array.from({ length: count }, (_, index) => (index * pieceBytes) / bytes);
        const { response, sent } = respond(httpStatus, pieces(Buffer.alloc(bytes, ' '), parts));

        const judged = await refreshWith(() => Promise.resolve(response));

        const isTooLarge = judged.kind === 'refused' && judged.failure.code === 'response_too_large';
        expect(isTooLarge).toBe(bytes > KB_64);
        expect(sent.bytesBeforeTheLast).toBeLessThanOrEqual(KB_64);
        expect(sent.isOver).toBe(true);
      },
    ));
});

describe('a refresh request', () => {
  const credentials: fc.Arbitrary<Credentials> = fc.record({
    clientId: anyText(40),
    clientSecret: anyText(40).map((text) => new Redacted(text)),
    refreshToken: anyText(40).map((text) => new Redacted(text)),
    dataCenter: fc.constantFrom(...DATA_CENTER_LOCATIONS),
    clientType: fc.constantFrom('server-based', 'self-client', undefined),
    scope: fc.option(anyText(10), { nil: undefined }),
    authorizedAt: fc.option(anyText(10), { nil: undefined }),
  });

  test('has the credentials in its body, whatever characters they contain', () =>
    forAll([credentials], runs(60), (given) => {
      const request = buildAccountsRequest(refreshRequest(given));

      expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
        grant_type: 'refresh_token',
        client_id: wellFormed(given.clientId),
        client_secret: wellFormed(given.clientSecret.reveal()),
        refresh_token: wellFormed(given.refreshToken.reveal()),
      });
    }));

  test('goes to the accounts server of the data center, whatever the credentials contain', () =>
    forAll([credentials], runs(40), (given) => {
      const { url, method, redirect, headers } = buildAccountsRequest(refreshRequest(given));

      expect(url).toBe(`https://accounts.${ZOHO_DOMAINS[given.dataCenter][0]}/oauth/v2/token`);
      expect([method, redirect]).toEqual(['POST', 'manual']);
      expect(Object.values(headers)).toEqual([
        'application/x-www-form-urlencoded',
        'application/json',
        'close',
      ]);
    }));
});

const CREDENTIALS: Credentials = {
  clientId: CLIENT_ID,
  clientSecret: new Redacted(CLIENT_SECRET),
  refreshToken: new Redacted(REFRESH_TOKEN),
  dataCenter: 'eu',
  clientType: undefined,
  scope: undefined,
  authorizedAt: undefined,
};

/** An unpaired surrogate cannot be sent in UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString('utf8');
}

function refreshWith(fetch: () => Promise<Response>) {
  const accounts = createZohoAccounts({ timeoutMs: 10_000, clock: new ManualClock(NOW_MS), fetch });
  return accounts.refresh(CREDENTIALS, new AbortController().signal);
}

/** A response whose body comes in chunks, on demand, until the connection breaks. */
function respond(
  httpStatus: number,
  parts: readonly Uint8Array[],
  breakOff: { readonly at: number; readonly error?: unknown } = { at: Number.POSITIVE_INFINITY },
) {
  const sent = { bytesBeforeTheLast: 0, isOver: false };
  const left = [...parts];
  let lastBytes = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const part = left.shift();
        const index = parts.length - left.length - 1;
        sent.bytesBeforeTheLast += lastBytes;
        lastBytes = part?.byteLength ?? 0;
        sent.isOver ||= part === undefined;
        if (index >= breakOff.at) controller.error(breakOff.error);
        else if (part === undefined) controller.close();
        else controller.enqueue(part);
      },
      cancel: () => {
        sent.isOver = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { response: new Response(stream, { status: httpStatus }), sent };
}

function pieces(bytes: Uint8Array, parts: readonly number[]): Uint8Array[] {
  const ends = [...parts.map((part) => Math.floor(part * bytes.length)), bytes.length].sort((a, b) => a - b);
  return ends
    .map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
    .filter((part) => part.length > 0);
}

type Judged = Awaited<ReturnType<typeof refreshWith>>;

function revealed(judged: Judged) {
  return judged.kind === 'token' ? { ...judged, accessToken: judged.accessToken.reveal() } : judged;
}

function showsSecret(judged: Judged): boolean {
  const shown = judged.kind === 'token' ? { ...judged, scope: undefined } : judged;
  const text = JSON.stringify(shown) + inspect(shown, { depth: 9, showHidden: true });
  return SECRETS.some((secretText) => leaks(text, secretText));
}
