import { describe, expect, it } from 'vitest';
import { type ApiVerdict, judgeApiAnswer } from '../../../../lambdas/core/zoho/api-rejections.ts';

const HTML = '<!DOCTYPE html><html><body>Unauthorized</body></html>';

const answers: [
  product: string,
  status: number,
  body: object | string,
  pathname: string,
  verdict: ApiVerdict,
][] = [
  ['CRM, token', 401, { code: 'INVALID_TOKEN', details: {}, status: 'error' }, '/crm/v8/Leads', 'token'],
  ['CRM PhoneBridge, token', 400, { code: 'INVALID_TOKEN' }, '/phonebridge/v3/calls', 'token'],
  ['CRM, scope', 401, { code: 'OAUTH_SCOPE_MISMATCH' }, '/crm/v8/Leads', 'not-the-token'],
  ['CRM, perhaps a dead token', 401, { code: 'AUTHENTICATION_FAILURE' }, '/crm/v8/Leads', 'ambiguous'],
  ['CRM, profile', 403, { code: 'NO_PERMISSION' }, '/crm/v8/Leads', 'not-the-token'],
  ['CRM, wrong data', 400, { code: 'INVALID_DATA' }, '/crm/v8/Leads', 'accepted'],
  ['Books, token', 401, { code: 14, message: 'Invalid value' }, '/books/v3/invoices', 'token'],
  ['Books, token or scope', 401, { code: 57, message: 'Not authorized' }, '/books/v3/invoices', 'ambiguous'],
  ['Desk, token', 401, { errorCode: 'INVALID_OAUTH' }, '/api/v1/tickets', 'token'],
  ['Desk, scope', 403, { errorCode: 'SCOPE_MISMATCH' }, '/api/v1/tickets', 'not-the-token'],
  ['Desk, organization', 403, { errorCode: 'OAUTH_ORG_MISMATCH' }, '/api/v1/tickets', 'not-the-token'],
  ['Creator, token', 401, { code: 1030 }, '/creator/v2.1/data', 'token'],
  ['Creator, scope', 401, { code: 2945 }, '/creator/v2.1/data', 'not-the-token'],
  ['Mail, token', 401, { data: { errorCode: 'INVALID_OAUTHTOKEN' } }, '/api/accounts', 'token'],
  ['Mail, scope', 401, { data: { errorCode: 'INVALID_OAUTHSCOPE' } }, '/api/accounts', 'not-the-token'],
  ['Projects, token', 401, { error: { code: 6401 } }, '/restapi/portals/', 'token'],
  ['Projects, scope', 401, { error: { code: 6890 } }, '/restapi/portals/', 'not-the-token'],
  ['Bookings, token', 401, HTML, '/bookings/v1/json/services', 'token'],
  ['Bookings, token, as a bad request', 400, HTML, '/bookings/v1/json/services', 'token'],
  ['Bookings, HTML after white space', 400, `\n ${HTML}`, '/bookings/v1/json/services', 'token'],
  ['Bookings, a text with HTML in it', 400, `Bad ${HTML}`, '/bookings/v1/json/services', 'accepted'],
  ['Bookings, a text that ends in HTML', 400, `Bad${HTML}`, '/bookings/v1/json/services', 'accepted'],
  ['a path that only contains the word', 400, HTML, '/crm/bookings/v1', 'accepted'],
  ['anything else, HTML 400', 400, HTML, '/crm/v8/Leads', 'accepted'],
  ['anything, HTML 401 after white space', 401, `\n ${HTML}`, '/crm/v8/Leads', 'token'],
  ['anything, 401 with HTML in a text', 401, `Bad ${HTML}`, '/crm/v8/Leads', 'ambiguous'],
  ['anything, 401 with HTML at the end of a word', 401, `Bad${HTML}`, '/crm/v8/Leads', 'ambiguous'],
  ['anything, 401 with nothing in data', 401, { data: null, errors: [null] }, '/', 'ambiguous'],
  ['anything, 401 with a list of codes', 401, { code: ['INVALID_TOKEN'] }, '/', 'ambiguous'],
  ['a product that writes error_code', 401, { error_code: 'INVALID_TOKEN' }, '/', 'token'],
  ['anything, unreadable 401', 401, '', '/crm/v8/Leads', 'ambiguous'],
  ['anything, 401 with an unknown code', 401, { code: 'SOMETHING_NEW' }, '/crm/v8/Leads', 'ambiguous'],
  ['a token code in a 403', 403, { code: 'INVALID_TOKEN' }, '/crm/v8/Leads', 'accepted'],
  ['a success that carries a code', 200, { code: 'INVALID_TOKEN' }, '/crm/v8/Leads', 'accepted'],
  ['Books, a success', 200, { code: 0 }, '/books/v3/invoices', 'accepted'],
  ['a server error', 500, { code: 'INTERNAL_ERROR' }, '/crm/v8/Leads', 'accepted'],
  ['too many requests', 429, { code: 57 }, '/crm/v8/Leads', 'accepted'],
  [
    'scope beside token',
    401,
    { code: 'INVALID_TOKEN', data: { code: 'OAUTH_SCOPE_MISMATCH' } },
    '/',
    'not-the-token',
  ],
  ['the first of several errors', 401, { errors: [{ code: 'INVALID_TOKEN' }] }, '/', 'token'],
];

describe('an answer of an API', () => {
  it.each(answers)('%s: HTTP %d %j', (_product, status, body, pathname, verdict) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);

    expect(judgeApiAnswer({ status, body: text, url: new URL(pathname, 'https://www.zohoapis.eu') })).toBe(
      verdict,
    );
  });
});
