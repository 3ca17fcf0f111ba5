import { describe, expect, test } from 'vitest';
import { readVisitorRequest } from '../../../lambdas/consent-pages/visitor-request.ts';
import { visit } from '../../support/visits.ts';

const TOKEN = `${'a'.repeat(22)}.${'-'.repeat(43)}`;
const requestOf = (...given: Parameters<typeof visit>) => readVisitorRequest(visit(...given)).request;

test('the three routes are recognized', () => {
  expect(requestOf('GET', `/i/${TOKEN}`)).toEqual({ kind: 'view', token: TOKEN });
  expect(requestOf('POST', `/i/${TOKEN}`)).toEqual({ kind: 'begin', token: TOKEN });
  expect(requestOf('GET', '/callback?code=1&state=2')).toEqual({ kind: 'callback', query: 'code=1&state=2' });
});

test.each([
  ['GET', '/'],
  ['GET', '/i/'],
  ['GET', `/i/${TOKEN}/`],
  ['GET', `/i/${TOKEN}x`],
  ['GET', `/i/${TOKEN.slice(1)}`],
  ['GET', `/i/${'a'.repeat(22)}.${'+'.repeat(43)}`],
  ['GET', `/I/${TOKEN}`],
  ['GET', `/../i/${TOKEN}`],
  ['HEAD', `/i/${TOKEN}`],
  ['PUT', `/i/${TOKEN}`],
  ['GET', '/callback'],
  ['POST', '/callback?code=1&state=2'],
  ['GET', `/callback?state=${'x'.repeat(8 * 1024)}`],
  ['GET', '/v1/invites'],
  ['GET', '/favicon.ico'],
])('%s %s is not found', (method, path) => {
  expect(requestOf(method, path)).toEqual({ kind: 'not-found' });
});

describe('a form', () => {
  test.each(['same-origin', 'none', undefined])('with Sec-Fetch-Site %s begins', (site) => {
    expect(requestOf('POST', `/i/${TOKEN}`, { site })).toMatchObject({ kind: 'begin' });
  });

  test.each(['cross-site', 'same-site', 'Same-Origin', ''])('with Sec-Fetch-Site "%s" is refused', (site) => {
    expect(requestOf('POST', `/i/${TOKEN}`, { site })).toEqual({ kind: 'foreign-form' });
  });
});

test.each([undefined, null, {}, { rawPath: '/' }, { action: 'view' }])(
  'the event %j is a mistake',
  (event) => {
    expect(() => readVisitorRequest(event)).toThrow('is not a request of an HTTP API');
  },
);
