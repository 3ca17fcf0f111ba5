import { describe, expect, it, test } from 'vitest';
import {
  type ApiVerdict,
  judgeApiAnswer,
  mayBeRejection,
} from '../../../../lambdas/core/zoho/api-rejections.ts';
import { REJECTION_TABLE } from '../../../../lambdas/core/zoho/rejection-table.ts';

const HTML = '<!DOCTYPE html><html><body>Unauthorized</body></html>';
const CRM = 'www.zohoapis.eu/crm/v8/Leads';
const BOOKS = 'www.zohoapis.eu/books/v3/invoices';
const DESK = 'desk.zoho.eu/api/v1/tickets';
const CREATOR = 'www.zohoapis.eu/creator/v2.1/data/jane/app/report/all';
const MAIL = 'mail.zoho.eu/api/accounts';
const PROJECTS = 'projectsapi.zoho.eu/restapi/portals/';
const PROJECTS_V3 = 'projectsapi.zoho.com/api/v3/portals';
const ANALYTICS = 'analyticsapi.zoho.in/restapi/v2/workspaces';
const WORKDRIVE = 'www.zohoapis.com/workdrive/api/v1/users/me';
const BOOKINGS = 'www.zohoapis.eu/bookings/v1/json/services';
const CLIQ = 'cliq.zoho.com/api/v2/channels';
const PEOPLE = 'people.zoho.com/people/api/forms/P_EmployeeView/records';

const answers: [
  product: string,
  status: number,
  body: object | string,
  where: string,
  verdict: ApiVerdict,
][] = [
  ['CRM, token', 401, { code: 'INVALID_TOKEN', details: {}, status: 'error' }, CRM, 'token'],
  ['CRM PhoneBridge, token', 400, { code: 'INVALID_TOKEN' }, 'www.zohoapis.eu/phonebridge/v3/calls', 'token'],
  ['CRM, scope', 401, { code: 'OAUTH_SCOPE_MISMATCH' }, CRM, 'not-the-token'],
  ['CRM, scope of one record', 401, { data: [{ code: 'OAUTH_SCOPE_MISMATCH' }] }, CRM, 'not-the-token'],
  ['CRM, perhaps a dead token', 401, { code: 'AUTHENTICATION_FAILURE' }, CRM, 'ambiguous'],
  ['CRM, profile', 403, { code: 'NO_PERMISSION' }, CRM, 'not-the-token'],
  ['CRM, wrong data', 400, { code: 'INVALID_DATA' }, CRM, 'accepted'],
  ['Bigin, token', 401, { code: 'INVALID_TOKEN' }, 'www.zohoapis.eu/bigin/v2/Contacts', 'token'],
  ['Recruit, scope', 401, { code: 'OAUTH_SCOPE_MISMATCH' }, 'recruit.zoho.eu/recruit/v2/x', 'not-the-token'],
  ['Books, token', 401, { code: 14, message: 'Invalid value' }, BOOKS, 'token'],
  ['Books on its former host', 401, { code: 14 }, 'books.zoho.eu/api/v3/invoices', 'token'],
  ['Expense, token', 401, { code: 14 }, 'www.zohoapis.eu/expense/v1/reports', 'token'],
  ['Inventory, token or scope', 401, { code: 57 }, 'www.zohoapis.eu/inventory/v1/items', 'ambiguous'],
  ['Books, token or scope', 401, { code: 57, message: 'Not authorized' }, BOOKS, 'ambiguous'],
  ['Books, an internal error', 401, { code: 1000 }, BOOKS, 'ambiguous'],
  ['Books, a success', 200, { code: 0 }, BOOKS, 'accepted'],
  ['Desk, token', 401, { errorCode: 'INVALID_OAUTH' }, DESK, 'token'],
  ['Desk, scope', 403, { errorCode: 'SCOPE_MISMATCH' }, DESK, 'not-the-token'],
  ['Desk, organization', 403, { errorCode: 'OAUTH_ORG_MISMATCH' }, DESK, 'not-the-token'],
  ['Desk, not said why', 401, { errorCode: 'UNAUTHORIZED' }, DESK, 'ambiguous'],
  ['Creator, token', 401, { code: 1030 }, CREATOR, 'token'],
  ['Creator on its former host', 401, { code: 1030 }, 'creator.zoho.eu/api/v2/jane/app/report/all', 'token'],
  ['Creator, scope', 401, { code: 2945 }, CREATOR, 'not-the-token'],
  ['Creator, a missing parameter', 401, { code: 1000 }, CREATOR, 'ambiguous'],
  ['Mail, token', 401, { data: { errorCode: 'INVALID_OAUTHTOKEN' } }, MAIL, 'token'],
  ['Mail, scope', 401, { data: { errorCode: 'INVALID_OAUTHSCOPE' } }, MAIL, 'not-the-token'],
  ['Mail, scope, in an array', 401, '[2,{"errorCode":"INVALID_OAUTHSCOPE"}]', MAIL, 'not-the-token'],
  ['Projects, token', 401, { error: { code: 6401, message: 'x' } }, PROJECTS, 'token'],
  ['Projects, scope', 401, { error: { code: 6890 } }, PROJECTS, 'not-the-token'],
  [
    'Projects V3, token',
    401,
    { error: { status_code: '401', title: 'INVALID_OAUTHTOKEN' } },
    PROJECTS_V3,
    'token',
  ],
  ['Projects V3, scope', 401, { error: { title: 'INVALID_OAUTHSCOPE' } }, PROJECTS_V3, 'not-the-token'],
  ['Analytics, token', 401, { summary: 'INVALID_OAUTHTOKEN', data: { errorCode: 8535 } }, ANALYTICS, 'token'],
  ['Analytics, token, only the number', 401, { data: { errorCode: 8535 } }, ANALYTICS, 'token'],
  ['Analytics, scope', 401, { data: { errorCode: 8540 } }, ANALYTICS, 'not-the-token'],
  ['Analytics, in XML', 401, '<response>\n<error>\n<code>8535</code></error></response>', ANALYTICS, 'token'],
  [
    'Social, token',
    401,
    { error: { code: 401, message: 'INVALID_OAUTHTOKEN' } },
    'social.zoho.com/x',
    'token',
  ],
  [
    'Social, scope',
    401,
    { error: { code: 401, message: 'INVALID_OAUTHSCOPE' } },
    'social.zoho.com/x',
    'not-the-token',
  ],
  [
    'accounts, scope',
    401,
    { response: 'error', cause: 'INVALID_OAUTHSCOPE' },
    'accounts.zoho.eu/oauth/user/info',
    'not-the-token',
  ],
  ['Cliq, token', 401, { code: 'oauthtoken_invalid', message: 'Invalid OAuth token passed.' }, CLIQ, 'token'],
  ['Cliq, scope', 401, { code: 'oauthtoken_scope_invalid' }, CLIQ, 'not-the-token'],
  ['People, scope', 401, { response: { errors: { code: 7218 } } }, PEOPLE, 'not-the-token'],
  ['WorkDrive, token', 401, { errors: [{ id: 'F7003', title: 'Invalid OAuth token.' }] }, WORKDRIVE, 'token'],
  ['WorkDrive, token, as a server error', 500, { errors: [{ id: 'F7003' }] }, WORKDRIVE, 'token'],
  ['WorkDrive, scope', 401, { errors: [{ id: 'F7004' }] }, WORKDRIVE, 'not-the-token'],
  ['WorkDrive, scope, as a server error', 500, { errors: [{ id: 'F7004' }] }, WORKDRIVE, 'not-the-token'],
  ['WorkDrive, another server error', 500, { errors: [{ id: 'F000' }] }, WORKDRIVE, 'accepted'],
  ['WorkDrive, a download', 401, { errors: [{ id: 'F7003' }] }, 'download.zoho.eu/v1/workdrive/x', 'token'],
  ['Bookings, token', 401, HTML, BOOKINGS, 'token'],
  ['Bookings, token, as a bad request', 400, HTML, BOOKINGS, 'token'],
  ['Bookings, HTML after white space', 400, `\n ${HTML}`, BOOKINGS, 'token'],
  ['Bookings, a text with HTML in it', 400, `Bad ${HTML}`, BOOKINGS, 'accepted'],
  ['Bookings, forbidden', 403, HTML, BOOKINGS, 'accepted'],
  ['Bookings, JSON', 401, { message: 'x' }, BOOKINGS, 'ambiguous'],
  ['a path that only contains the word', 400, HTML, 'www.zohoapis.eu/crm/bookings/v1', 'accepted'],
  ['anything else, HTML 400', 400, HTML, CRM, 'accepted'],
  ['a proxy, HTML 401', 401, HTML, CRM, 'ambiguous'],
  ['a proxy, an empty 401', 401, '', CRM, 'ambiguous'],
  [
    'Sign, a code that no source explains',
    401,
    { code: 9041, status: 'failure' },
    'sign.zoho.eu/x',
    'ambiguous',
  ],
  ['anything, 401 with nothing in data', 401, { data: null, errors: [null] }, CRM, 'ambiguous'],
  ['anything, 401 with an unknown code', 401, { code: 'SOMETHING_NEW' }, CRM, 'ambiguous'],
  ['a longer word', 401, { code: 'INVALID_TOKEN_TYPE' }, CRM, 'ambiguous'],
  ['a word in a sentence', 401, { message: 'is it INVALID_TOKEN?' }, CRM, 'ambiguous'],
  ['a key like a word', 401, { INVALID_TOKEN: true }, CRM, 'ambiguous'],
  ['a token code in a 403', 403, { code: 'INVALID_TOKEN' }, CRM, 'accepted'],
  ['a success that carries a code', 200, { code: 'INVALID_TOKEN' }, CRM, 'accepted'],
  ['a server error', 500, { code: 'INVALID_TOKEN' }, CRM, 'accepted'],
  ['too many requests', 429, { code: 57 }, CRM, 'accepted'],
  ['scope beside token', 401, { code: 'INVALID_TOKEN', x: 'OAUTH_SCOPE_MISMATCH' }, CRM, 'not-the-token'],
  ['a damaged body', 401, '{"code":"INVALID_TOKEN","details', CRM, 'token'],
];

describe('an answer of an API', () => {
  it.each(answers)('%s: HTTP %d %j', (_product, status, body, where, verdict) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);

    expect(judgeApiAnswer({ status, body: text, url: new URL(`https://${where}?page=1`) })).toBe(verdict);
  });

  const NUMBERS = [14, 1030, 2945, 6401, 6890, 7218, 8535, 8540, 'F7003', 'F7004'];

  it.each(NUMBERS)('that has the number %s counts only for the product of the number', (code) => {
    const elsewhere = [CRM, DESK, MAIL, CLIQ, BOOKINGS, 'sign.zoho.eu/x', 'www.site24x7.com/api/monitors'];
    const body = JSON.stringify({ code, id: code });

    const verdicts = elsewhere.map((where) =>
      judgeApiAnswer({ status: 401, body, url: new URL(`https://${where}`) }),
    );

    expect(new Set(verdicts)).toEqual(new Set(['ambiguous']));
  });

  it.each([
    ['a text', '"14"', 'token'],
    ['a longer number', '140', 'ambiguous'],
    ['a fraction', '14.5', 'ambiguous'],
    ['negative', '-14', 'ambiguous'],
    ['a text with more in it', '"14 days"', 'ambiguous'],
    ['in a list', '[14]', 'ambiguous'],
  ])('whose number is %s: %s', (_, number, verdict) => {
    const url = new URL(`https://${BOOKS}`);

    expect(judgeApiAnswer({ status: 401, body: `{"code" : ${number} }`, url })).toBe(verdict);
    expect(judgeApiAnswer({ status: 401, body: `{"limit": ${number}}`, url })).toBe('ambiguous');
  });

  it('is searched up to 64 KB, in bounded time', () => {
    const url = new URL(`https://${BOOKS}`);
    const judge = (body: string) => judgeApiAnswer({ status: 401, body, url });
    const hostile = [
      '['.repeat(3_000_000),
      '"code" '.repeat(500_000),
      `"code"${' '.repeat(3_000_000)}`,
      '">'.repeat(1e6),
    ];

    const startMs = performance.now();
    const verdicts = hostile.map(judge);

    expect(verdicts).toEqual(['ambiguous', 'ambiguous', 'ambiguous', 'ambiguous']);
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(judge(`${' '.repeat(65_000)}"INVALID_TOKEN"`)).toBe('token');
    expect(judge(`${' '.repeat(66_000)}"INVALID_TOKEN"`)).toBe('ambiguous');
  });
});

test('the statuses whose body has to be read are those of the table', () => {
  const ofTable = new Set(REJECTION_TABLE.flatMap(({ statuses }) => statuses));

  const read = Array.from({ length: 600 }, (_, status) => status).filter(mayBeRejection);

  expect(read).toEqual([...ofTable].sort());
  expect(read).toEqual([400, 401, 403, 500]);
});
