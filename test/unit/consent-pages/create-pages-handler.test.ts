import { beforeEach, describe, expect, test } from 'vitest';
import { createPagesHandler } from '../../../lambdas/consent-pages/create-pages-handler.ts';
import type { PageAnswer } from '../../../lambdas/core/invites/consent-answers.ts';
import { SAMPLE_BRAND, SAMPLE_PAGES } from '../../support/consent-page-samples.ts';
import { visit } from '../../support/visits.ts';

const TOKEN = `${'a'.repeat(22)}.${'s'.repeat(43)}`;
const PATH = `/i/${TOKEN}`;
const KNOWN = 'k'.repeat(43);
const NEW = 'n'.repeat(43);
const COOKIES = [`__Host-zoho-consent=${KNOWN}`];
const REDIRECT: PageAnswer = { kind: 'redirect', url: 'https://accounts.zoho.eu/oauth/v2/auth?state=x' };
const INVITE = SAMPLE_PAGES.invite as PageAnswer;

let answer: PageAnswer;
let asked: unknown[];
let reports: unknown[];
const handler = createPagesHandler({
  consentApi: (request) => {
    asked.push(request);
    return Promise.resolve(answer);
  },
  brand: SAMPLE_BRAND,
  newBrowser: () => NEW,
  report: (shown) => reports.push(shown),
});

beforeEach(() => {
  answer = INVITE;
  asked = [];
  reports = [];
});

describe('the first page of an invite', () => {
  test('gives the browser its cookie', async () => {
    const { statusCode, cookies } = await handler(visit('GET', PATH));

    expect(asked).toEqual([{ action: 'view', token: TOKEN }]);
    expect(statusCode).toBe(200);
    expect(cookies).toEqual([expect.stringContaining(`__Host-zoho-consent=${NEW}; `)]);
  });

  test('leaves a cookie that is there: two tabs share it', async () => {
    expect(await handler(visit('GET', PATH, { cookies: COOKIES }))).not.toHaveProperty('cookies');
  });

  test('gives none where there is no invite', async () => {
    answer = { kind: 'unknown' };

    expect(await handler(visit('GET', PATH))).not.toHaveProperty('cookies');
  });
});

describe('Continue', () => {
  test('sends the browser to Zoho with 303, so that a reload repeats no form', async () => {
    answer = REDIRECT;

    const { statusCode, headers, cookies, body } = await handler(visit('POST', PATH, { cookies: COOKIES }));

    expect(asked).toEqual([{ action: 'begin', token: TOKEN, browser: KNOWN }]);
    expect(statusCode).toBe(303);
    expect(headers).toMatchObject({ location: REDIRECT.url, 'referrer-policy': 'no-referrer' });
    expect(cookies).toEqual([expect.stringContaining(`=${KNOWN}; `)]);
    expect(body).toBe('');
  });

  test('begins with a new cookie in a browser that has none', async () => {
    answer = REDIRECT;

    const { cookies } = await handler(visit('POST', PATH));

    expect(asked).toEqual([{ action: 'begin', token: TOKEN, browser: NEW }]);
    expect(cookies).toEqual([expect.stringContaining(`=${NEW}; `)]);
  });

  test('that is refused for now leads back to the invite', async () => {
    answer = { kind: 'unavailable' };

    const { statusCode, headers, body } = await handler(visit('POST', PATH));

    expect(statusCode).toBe(503);
    expect(headers).toMatchObject({ 'retry-after': '60' });
    expect(body).toContain(`<a href="${PATH}">Open the invite again</a>`);
  });

  test('from another site asks nothing', async () => {
    const { statusCode } = await handler(visit('POST', PATH, { site: 'cross-site' }));

    expect(statusCode).toBe(403);
    expect(asked).toEqual([]);
  });
});

describe('the way back from Zoho', () => {
  test('passes the query as it came, and the cookie', async () => {
    answer = { kind: 'done', connection: 'crm', token_live: true };

    const { statusCode, body } = await handler(
      visit('GET', '/callback?code=1000.a%2Bb&state=s', { cookies: COOKIES }),
    );

    expect(asked).toEqual([{ action: 'callback', query: 'code=1000.a%2Bb&state=s', browser: KNOWN }]);
    expect(statusCode).toBe(200);
    expect(body).not.toContain('1000.a');
  });

  test('without a cookie states none', async () => {
    answer = { kind: 'other-browser' };

    const { statusCode } = await handler(
      visit('GET', '/callback?code=c&state=s', { cookies: ['__Host-zoho-consent=x'] }),
    );

    expect(asked).toEqual([{ action: 'callback', query: 'code=c&state=s' }]);
    expect(statusCode).toBe(403);
  });
});

test('an unknown address asks nothing, and looks like an unknown invite', async () => {
  answer = { kind: 'unknown' };
  const [stranger, unknown] = [await handler(visit('GET', '/other')), await handler(visit('GET', PATH))];

  expect(asked).toHaveLength(1);
  expect(stranger).toEqual(unknown);
});

test('what is reported has no path, query or cookie', async () => {
  await handler(visit('GET', PATH, { cookies: COOKIES }));
  answer = { kind: 'expired' };
  await handler(visit('GET', '/callback?code=c&state=s', { cookies: COOKIES }));

  expect(reports).toEqual([
    { request: 'view', page: 'invite', status: 200 },
    { request: 'callback', page: 'expired', status: 410 },
  ]);
});

test('every answer forbids caches, frames, referrers and guessing', async () => {
  for (const path of [PATH, '/callback?code=c&state=s', '/other']) {
    const { headers } = await handler(visit('GET', path));

    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringMatching(/^max-age=\d{8}/),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  }
});
