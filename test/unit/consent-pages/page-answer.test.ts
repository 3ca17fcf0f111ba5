import { expect, test } from 'vitest';
import { parsePageAnswer } from '../../../lambdas/consent-pages/page-answer.ts';
import { ALL_PAGES } from '../../support/consent-page-samples.ts';

test.each(Object.entries(ALL_PAGES).filter(([, { kind }]) => kind !== 'foreign-form'))(
  '%s is an answer',
  (_, answer) => {
    expect(parsePageAnswer(answer)).toEqual(answer);
  },
);

test.each([
  'https://accounts.zoho.eu/oauth/v2/auth?x=1',
  'http://localhost:8400/oauth',
  'http://127.0.0.1:1/',
])('a redirect may lead to %s', (url) => {
  expect(parsePageAnswer({ kind: 'redirect', url })).toEqual({ kind: 'redirect', url });
});

test.each([
  'http://accounts.zoho.eu/',
  'javascript:alert(1)',
  '//zoho.eu',
  '/callback',
  'https://zoho.eu/\r\nx: y',
  'http://localhost.example/',
])('a redirect may not lead to %j', (url) => {
  expect(parsePageAnswer({ kind: 'redirect', url })).toBeUndefined();
});

test.each([
  undefined,
  {},
  { kind: 'other' },
  { kind: 'done' },
  { kind: 'invite', connection: 'crm' },
  { errorType: 'Error' },
])('%j is none', (answer) => {
  expect(parsePageAnswer(answer)).toBeUndefined();
});
